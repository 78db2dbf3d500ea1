// Introductions of one customer in the order of ids, of one status if it is given.
// mode: read
// params: customer_id, status, after, limit
// returns: record
MATCH (:Customer {id: $customer_id})<-[:INTRODUCES]-(n:Introduction)
WHERE n.id > $after AND ($status IS NULL OR n.status = $status)
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
