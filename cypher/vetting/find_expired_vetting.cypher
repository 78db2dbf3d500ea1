// Customers of whom a check has ended that their level rested on.
// mode: read
// params: now, limit
// returns: id
MATCH (n:Vetting)-[:VETTED]->(c:Customer)
WHERE n.expires_at <= $now AND c.vetting_expires_at <= $now
RETURN DISTINCT c.id AS id
ORDER BY id
LIMIT $limit
