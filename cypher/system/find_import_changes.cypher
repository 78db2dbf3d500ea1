// What did an import change?
// mode: read
// params: import_id, after, limit
// returns: id, label, record_id, before
MATCH (n:ImportChange {import_id: $import_id})
WHERE n.id > $after
RETURN n.id AS id, n.label AS label, n.record_id AS record_id, n.before AS before
ORDER BY id
LIMIT $limit
