// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Customer {id: row.id})-[r:IN_GROUP]->(:LegalGroup)
DELETE r
RETURN count(*) AS removed
