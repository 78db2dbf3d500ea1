// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:PiEvidence {id: row.id})-[s:SPEAKS_OF]->(o:Outcome)
OPTIONAL MATCH (o)<-[r:CONTRIBUTED_TO {by: row.id}]-(:Customer)
DELETE r
WITH DISTINCT s
DELETE s
RETURN count(*) AS removed
