// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (b:Customer {id: row.properties.referred_id})<-[r:REFERRED {id: row.id}]-(:Customer)
DELETE r
RETURN count(*) AS removed
