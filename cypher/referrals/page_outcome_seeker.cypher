// Outcomes with this customer as seeker, in the order of ids.
// mode: read
// params: customer_id, after, limit
// returns: record
MATCH (n:Outcome {seeker_id: $customer_id})
WHERE n.id > $after
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
