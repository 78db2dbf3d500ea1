// Removes a run that readers do not see.
// mode: write
// params: pointer, run_id
// returns: deleted
OPTIONAL MATCH (p:Pointer {id: $pointer})
WITH p.run_id AS current
MATCH (n:AssignmentRun {id: $run_id})
WHERE current IS NULL OR current <> $run_id
DETACH DELETE n
RETURN count(*) AS deleted
