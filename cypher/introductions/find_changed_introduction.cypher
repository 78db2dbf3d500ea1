// Introductions of one customer that have changed since a time.
// mode: read
// params: customer_id, since, limit
// returns: record
MATCH (:Customer {id: $customer_id})<-[:INTRODUCES]-(n:Introduction)
WHERE n.changed_at >= $since
RETURN properties(n) AS record
ORDER BY n.changed_at DESC, n.id
LIMIT $limit
