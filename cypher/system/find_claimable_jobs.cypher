// Jobs that wait for a worker, or whose worker let its lease run out; oldest first.
// mode: read
// params: now, limit
// returns: id
MATCH (n:JobRun)
WHERE n.state IN ['queued', 'running'] AND (n.state = 'queued' OR (n.state = 'running' AND n.lease_until < $now))
RETURN n.id AS id
ORDER BY n.created_at, id
LIMIT $limit
