// Conflicts of the next customers, by the customer that they start from; a row without a record stands for none.
// mode: read
// params: after, limit
// returns: record, from_id, to_id
MATCH (a:Customer)
WHERE a.id > $after
WITH a
ORDER BY a.id
LIMIT $limit
OPTIONAL MATCH (a)-[r:CONFLICTS_WITH]->(b:Customer)
RETURN properties(r) AS record, a.id AS from_id, b.id AS to_id
ORDER BY from_id, to_id
