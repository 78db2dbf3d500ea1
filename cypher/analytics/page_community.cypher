// A page of the current communities in the order of ids.
// mode: read
// params: pointer, after, limit
// returns: record
MATCH (p:Pointer {id: $pointer})
MATCH (n:Community {run_id: p.run_id})
WHERE n.stable_id > $after
RETURN properties(n) AS record
ORDER BY n.stable_id
LIMIT $limit
