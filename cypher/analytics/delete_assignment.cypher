// Removes results of a run that readers do not see.
// mode: write
// params: pointer, run_id, limit
// returns: deleted
OPTIONAL MATCH (p:Pointer {id: $pointer})
WITH p.run_id AS current
MATCH (n:AssignedPair {run_id: $run_id})
WHERE current IS NULL OR current <> $run_id
WITH n
LIMIT $limit
DETACH DELETE n
RETURN count(*) AS deleted
