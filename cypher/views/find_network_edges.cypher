// Ties among these customers.
// `wanted` is a map: looking for an id in a list costs three times the walk itself.
// mode: read
// params: ids, wanted, limit
// returns: from_id, to_id, kind, strength, last_at
UNWIND $ids AS id
MATCH (a:Customer {id: id})-[r:DEALS_WITH|COMPETES_WITH|CONFLICTS_WITH|REFERRED]->(b:Customer)
WHERE $wanted[b.id] IS NOT NULL
RETURN a.id AS from_id, b.id AS to_id, toLower(type(r)) AS kind, coalesce(r.strength, 1.0) AS strength,
  coalesce(r.last_at, r.at) AS last_at
ORDER BY from_id, to_id, kind
LIMIT $limit
