// Removes pieces of evidence, their relationships and the ties that they drew to who acted.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:PiEvidence {id: id})
OPTIONAL MATCH (n)-[:SPEAKS_OF]->(:Outcome)<-[r:CONTRIBUTED_TO {by: id}]-(:Customer)
DELETE r
WITH DISTINCT n
DETACH DELETE n
RETURN count(*) AS deleted
