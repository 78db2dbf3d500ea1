// Which of these customers were introduced as a provider before, or have met a need?
// mode: read
// params: ids
// returns: id
UNWIND $ids AS id
MATCH (c:Customer {id: id})
WITH c.id AS id,
  [(c)<-[:INTRODUCES]-(i:Introduction) WHERE i.provider_id = c.id | i.id] AS introduced,
  [(c)<-[:MET_BY]-(n:Need) | n.id] AS met
WHERE size(introduced) + size(met) > 0
RETURN id AS id
