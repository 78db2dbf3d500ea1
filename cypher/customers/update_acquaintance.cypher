// Replaces the content of ties.
// mode: write
// params: rows
// returns: id, from_id, to_id, before
UNWIND $rows AS row
MATCH (b:Contact {id: row.to_id})<-[r:KNOWS]-(a:Staff)
WHERE a.id = row.from_id
WITH row, r, r.import_id AS import_id, properties(r) AS before
SET r = row.properties
SET r.import_id = CASE WHEN row.restore THEN row.properties.import_id ELSE import_id END
RETURN row.properties.id AS id, row.from_id AS from_id, row.to_id AS to_id, before AS before
