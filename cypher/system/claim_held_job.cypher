// Is the job still its worker's? The SET takes the lock, so that nobody claims it before the transaction ends.
// mode: write
// params: id, fence
// returns: id
MATCH (n:JobRun {id: $id})
SET n.turn = coalesce(n.turn, 0) + 1
WITH n
WHERE n.fence = $fence
RETURN n.id AS id
