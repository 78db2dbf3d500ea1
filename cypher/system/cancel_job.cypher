// Asks a job's worker to stop.
// mode: write
// params: id
// returns: id
MATCH (n:JobRun {id: $id})
SET n.cancel_requested = true
RETURN n.id AS id
