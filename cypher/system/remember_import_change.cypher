// Keeps what records were before an import changed them; the first memory wins.
// mode: write
// params: import_id, label, rows
// returns: kept
UNWIND $rows AS row
MERGE (n:ImportChange {id: row.id})
ON CREATE SET n.import_id = $import_id, n.label = $label, n.record_id = row.record_id, n.before = row.before
RETURN count(n) AS kept
