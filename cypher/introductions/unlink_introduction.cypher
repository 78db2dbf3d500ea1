// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Introduction {id: row.id})-[r:FOR_NEED|INTRODUCES]->()
DELETE r
RETURN count(*) AS removed
