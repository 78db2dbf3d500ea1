// Forgets what outcomes said from a version on, with the ties that it drew.
// mode: write
// params: rows
// returns: deleted
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})<-[:FORMER_OF]-(f:FormerOutcome)
WHERE f.version >= row.version
OPTIONAL MATCH (n)<-[r:CONTRIBUTED_TO {by: f.id}]-(:Customer)
DELETE r
WITH DISTINCT n, f
OPTIONAL MATCH (n)-[c:CAME_FROM_BEFORE {by: f.id}]->(:Referral)
DELETE c
WITH DISTINCT f
DETACH DELETE f
RETURN count(*) AS deleted
