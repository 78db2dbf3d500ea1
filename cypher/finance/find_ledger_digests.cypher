// Which of these totals of the ledger exist, and with which content?
// mode: read
// params: ids
// returns: id, digest
UNWIND $ids AS id
MATCH (n:LedgerTotal {id: id})
RETURN n.id AS id, n.digest AS digest
