// Referrals by or of one customer, in the order of ids.
// mode: read
// params: customer_id, after, limit
// returns: record
MATCH (:Customer {id: $customer_id})-[r:REFERRED]-(:Customer)
WHERE r.id > $after
WITH DISTINCT r.id AS id
ORDER BY id
LIMIT $limit
MATCH (n:Referral {id: id})
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
