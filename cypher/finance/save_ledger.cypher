// Saves totals of the ledger by id; `was` is the digest before, absent for a new one.
// The first SET takes the node's lock, so that what is read after it is current.
// mode: write
// params: rows
// returns: id, was, before
UNWIND $rows AS row
MERGE (n:LedgerTotal {id: row.id})
ON MATCH SET n.id = row.id
WITH n, row, n.digest AS was, n.import_id AS import_id,
  CASE WHEN n.digest IS NULL OR n.digest = row.properties.digest THEN null ELSE properties(n) END AS before
SET n = row.properties
SET n.import_id = CASE WHEN was IS NULL THEN row.properties.import_id ELSE import_id END
RETURN row.id AS id, was AS was, before AS before
