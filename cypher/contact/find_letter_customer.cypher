// The messages to one customer that are in a state.
// mode: read
// params: customer_id, state, limit
// returns: record
MATCH (n:ContactMessage {customer_id: $customer_id})
WHERE n.state = $state
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
