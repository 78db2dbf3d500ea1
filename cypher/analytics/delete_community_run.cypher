// Removes a run that readers do not see.
// mode: write
// params: run_id
// returns: deleted
OPTIONAL MATCH (p:Pointer {run_id: $run_id})
WITH count(p) AS seen
MATCH (n:CommunityRun {id: $run_id})
WHERE seen = 0
DETACH DELETE n
RETURN count(*) AS deleted
