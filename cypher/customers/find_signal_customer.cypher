// What was noted about these customers.
// mode: read
// params: ids, limit
// returns: record
UNWIND $ids AS id
MATCH (n:Signal)-[]->(:Customer {id: id})
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
