// Decisions about one need in the order of ids, which is that of time.
// mode: read
// params: need_id, after, limit
// returns: record
MATCH (n:Decision {need_id: $need_id})
WHERE n.id > $after
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
