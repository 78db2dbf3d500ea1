// Writes a job's progress where the fence is still the worker's; a wish to cancel is kept.
// mode: write
// params: id, fence, properties
// returns: id
MATCH (n:JobRun {id: $id})
SET n.id = $id
WITH n, n.cancel_requested AS cancel_requested
WHERE n.fence = $fence
SET n = $properties
SET n.cancel_requested = cancel_requested OR n.cancel_requested
RETURN n.id AS id
