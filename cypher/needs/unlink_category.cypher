// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Category {id: row.id})-[r:CHILD_OF]->(:Category)
DELETE r
RETURN count(*) AS removed
