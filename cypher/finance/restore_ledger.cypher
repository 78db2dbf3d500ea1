// Puts totals of the ledger back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:LedgerTotal {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
