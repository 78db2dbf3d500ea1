// Outcomes in which one of these customers acted, as recorded.
// mode: read
// params: ids, limit
// returns: outcome_id
UNWIND $ids AS id
MATCH (:Customer {id: id})-[:CONTRIBUTED_TO]->(o:Outcome)
RETURN o.id AS outcome_id
LIMIT $limit
