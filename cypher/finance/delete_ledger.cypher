// Removes totals of the ledger and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:LedgerTotal {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
