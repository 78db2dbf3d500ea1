// Puts lines of the consent ledger back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:Consent {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
