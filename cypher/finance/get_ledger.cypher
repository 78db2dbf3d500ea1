// The totals of the ledger with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:LedgerTotal {id: id})
RETURN properties(n) AS record
