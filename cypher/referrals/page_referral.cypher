// Referrals in the order of ids.
// mode: read
// params: after, limit
// returns: record
MATCH (n:Referral)
WHERE n.id > $after
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
