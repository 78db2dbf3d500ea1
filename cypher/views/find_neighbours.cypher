// Who has a tie with these customers and is not seen yet? Strongest ties first.
// `seen` is a map: looking for an id in a list costs three times the walk itself.
// mode: read
// params: ids, seen, limit
// returns: id, strength
UNWIND $ids AS known
MATCH (:Customer {id: known})-[r:DEALS_WITH|COMPETES_WITH|CONFLICTS_WITH|REFERRED]-(b:Customer)
WHERE $seen[b.id] IS NULL
WITH b.id AS id, max(coalesce(r.strength, 1.0)) AS strength
RETURN id AS id, strength AS strength
ORDER BY strength DESC, id
LIMIT $limit
