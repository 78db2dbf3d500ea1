// Removes results of a run that readers do not see.
// mode: write
// params: run_id, limit
// returns: deleted
OPTIONAL MATCH (p:Pointer {run_id: $run_id})
WITH count(p) AS seen
MATCH (n:Community {run_id: $run_id})
WHERE seen = 0
WITH n
LIMIT $limit
DETACH DELETE n
RETURN count(*) AS deleted
