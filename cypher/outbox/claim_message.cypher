// Takes a message, if it is still there to take. The first SET takes the lock, then the state is read.
// mode: write
// params: id, now, lease_until
// returns: record
MATCH (n:Message {id: $id})
SET n.id = $id
WITH n
WHERE n.state = 'waiting' AND n.next_at <= $now AND (n.lease_until IS NULL OR n.lease_until < $now)
SET n.fence = n.fence + 1, n.lease_until = $lease_until
RETURN properties(n) AS record
