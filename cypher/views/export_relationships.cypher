// Ties of a batch of customers as columns, from their buying, competing or referring side.
// mode: read
// params: after, limit
// returns: last, from_id, to_id, kind, strength, count, last_at
MATCH (n:Customer)
WHERE n.id > $after
WITH n
ORDER BY n.id
LIMIT $limit
WITH collect(n) AS batch, max(n.id) AS last
UNWIND batch AS a
OPTIONAL MATCH (a)-[r:DEALS_WITH|COMPETES_WITH|CONFLICTS_WITH|REFERRED]->(b:Customer)
WITH last, a, r, b
ORDER BY a.id, b.id
RETURN last AS last, collect(CASE WHEN b IS NULL THEN null ELSE a.id END) AS from_id, collect(b.id) AS to_id,
  collect(type(r)) AS kind, collect(CASE WHEN b IS NULL THEN null ELSE coalesce(r.strength, 1.0) END) AS strength,
  collect(CASE WHEN b IS NULL THEN null ELSE coalesce(r.count, 1) END) AS count,
  collect(CASE WHEN b IS NULL THEN null ELSE [coalesce(r.last_at, r.at)] END) AS last_at
