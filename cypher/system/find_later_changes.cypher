// Which of these records has another import changed, later or at all?
// mode: read
// params: ids, import_id, any_other
// returns: record_id
UNWIND $ids AS id
MATCH (n:ImportChange {record_id: id})
WHERE n.import_id <> $import_id AND ($any_other OR n.import_id > $import_id)
RETURN DISTINCT n.record_id AS record_id
