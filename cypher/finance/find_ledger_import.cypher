// Which totals of the ledger did an import create?
// mode: read
// params: import_id, after, limit
// returns: id
MATCH (n:LedgerTotal {import_id: $import_id})
WHERE n.id > $after
RETURN n.id AS id
ORDER BY id
LIMIT $limit
