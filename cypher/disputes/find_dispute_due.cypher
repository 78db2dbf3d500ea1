// Disputes whose effect on vetting has ended.
// mode: read
// params: now, limit
// returns: record
MATCH (n:Dispute)
WHERE n.effect_until <= $now
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
