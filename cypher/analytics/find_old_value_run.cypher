// Runs beyond the latest, the oldest last.
// mode: read
// params: keep, limit
// returns: id
MATCH (n:ValueRun)
WITH n
ORDER BY n.finished_at DESC, n.id DESC
SKIP $keep
LIMIT $limit
RETURN n.id AS id
