// Ties of one customer in either direction, in the order of ids.
// mode: read
// params: customer_id, after, limit
// returns: record, from_id, to_id
MATCH (a:Customer {id: $customer_id})-[r:COMPETES_WITH]-(b:Customer)
WHERE r.id > $after
WITH r, a, b, startNode(r).id AS from_id
RETURN properties(r) AS record, from_id AS from_id, CASE WHEN from_id = a.id THEN b.id ELSE a.id END AS to_id
ORDER BY r.id
LIMIT $limit
