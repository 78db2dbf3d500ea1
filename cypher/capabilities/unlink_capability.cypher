// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Capability {id: row.id})-[r:OFFERS|IN_CATEGORY]-()
DELETE r
RETURN count(*) AS removed
