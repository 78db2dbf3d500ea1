// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})-[r:CAME_FROM]->()
DELETE r
RETURN count(*) AS removed
