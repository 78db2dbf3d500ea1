// Removes memberships of a run that readers do not see.
// mode: write
// params: run_id, limit
// returns: deleted
OPTIONAL MATCH (p:Pointer {run_id: $run_id})
WITH count(p) AS seen
MATCH (n:Community {run_id: $run_id})<-[m:MEMBER_OF|LEANS_TO]-(:Customer)
WHERE seen = 0
WITH m
LIMIT $limit
DELETE m
RETURN count(*) AS deleted
