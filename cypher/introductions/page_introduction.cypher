// Introductions in the order of ids, of one status if it is given.
// mode: read
// params: status, after, limit
// returns: record
MATCH (n:Introduction)
WHERE n.id > $after AND ($status IS NULL OR n.status = $status)
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
