// Whom the next officers know, by the officer; a row without a record stands for none.
// mode: read
// params: after, limit
// returns: record, from_id, to_id
MATCH (a:Staff)
WHERE a.id > $after
WITH a
ORDER BY a.id
LIMIT $limit
OPTIONAL MATCH (a)-[r:KNOWS]->(b:Contact)
RETURN properties(r) AS record, a.id AS from_id, b.id AS to_id
ORDER BY from_id, to_id
