// Runs of a layer beyond the latest, the oldest last.
// mode: read
// params: layer, keep, limit
// returns: id
MATCH (n:CommunityRun {layer: $layer})
WITH n
ORDER BY n.finished_at DESC, n.id DESC
SKIP $keep
LIMIT $limit
RETURN n.id AS id
