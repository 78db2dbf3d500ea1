// The checks of one customer.
// mode: read
// params: customer_id, limit
// returns: record
MATCH (n:Vetting {customer_id: $customer_id})
RETURN properties(n) AS record
ORDER BY n.id DESC
LIMIT $limit
