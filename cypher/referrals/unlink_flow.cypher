// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:CashFlow {id: row.id})<-[r:PAID]-(:Outcome)
DELETE r
RETURN count(*) AS removed
