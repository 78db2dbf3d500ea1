// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Consent {id: row.id})<-[r:GAVE]-(:Customer)
DELETE r
RETURN count(*) AS removed
