// Who has a tie with these customers and is not seen yet? Strongest ties first.
// mode: read
// params: ids, seen, limit
// returns: id, strength
UNWIND $ids AS known
MATCH (:Customer {id: known})-[r:DEALS_WITH|COMPETES_WITH|CONFLICTS_WITH|REFERRED]-(b:Customer)
WHERE NOT b.id IN $seen
WITH b.id AS id, max(coalesce(r.strength, 1.0)) AS strength
RETURN id AS id, strength AS strength
ORDER BY strength DESC, id
LIMIT $limit
