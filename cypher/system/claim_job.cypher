// Takes a job, if it is still there to take. The first SET takes the lock, then the state is read.
// mode: write
// params: id, now, lease_until
// returns: record
MATCH (n:JobRun {id: $id})
SET n.id = $id
WITH n
WHERE (n.state = 'queued' OR (n.state = 'running' AND n.lease_until < $now))
SET n.state = 'running', n.fence = n.fence + 1, n.lease_until = $lease_until, n.started_at = coalesce(n.started_at, $now)
RETURN properties(n) AS record
