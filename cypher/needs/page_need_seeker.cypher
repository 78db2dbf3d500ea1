// Needs of one customer in the order of ids, of one status if it is given.
// mode: read
// params: seeker_id, status, after, limit
// returns: record
MATCH (:Customer {id: $seeker_id})-[:HAS_NEED]->(n:Need)
WHERE n.id > $after AND ($status IS NULL OR n.status = $status)
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
