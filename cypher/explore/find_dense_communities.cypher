// Which communities of the current run are tightest?
// size: the smallest community to list.
// mode: read
// params: size, limit
// defaults: size=3, limit=100
// returns: community_id, label, size, density
MATCH (p:Pointer {id: 'communities'})
MATCH (c:Community {run_id: p.run_id})
WHERE c.size >= $size
RETURN c.stable_id AS community_id, c.label AS label, c.size AS size, c.density AS density
ORDER BY density DESC, size DESC, community_id
LIMIT $limit
