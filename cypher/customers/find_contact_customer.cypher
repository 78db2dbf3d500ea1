// The people who work for one customer.
// mode: read
// params: customer_id, limit
// returns: record
MATCH (n:Contact)-[:WORKS_FOR]->(:Customer {id: $customer_id})
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
