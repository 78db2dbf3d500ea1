// Runs of an event beyond the latest, the oldest last.
// mode: read
// params: event, keep, limit
// returns: id
MATCH (n:AssignmentRun {event: $event})
WITH n
ORDER BY n.finished_at DESC, n.id DESC
SKIP $keep
LIMIT $limit
RETURN n.id AS id
