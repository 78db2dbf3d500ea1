// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})
OPTIONAL MATCH (n)-[r:CAME_FROM]->()
DELETE r
WITH DISTINCT n, row
OPTIONAL MATCH (n)<-[c:CONTRIBUTED_TO {by: row.id}]-(:Customer)
DELETE c
RETURN count(*) AS removed
