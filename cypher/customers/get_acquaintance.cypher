// The ties with these ids. Neither engine keeps an index of them: for a few, or a job.
// mode: read
// params: ids
// returns: record, from_id, to_id
MATCH (a:Staff)-[r:KNOWS]->(b:Contact)
WHERE r.id IN $ids
RETURN properties(r) AS record, a.id AS from_id, b.id AS to_id
