// In which categories is demand unmet? Open needs against capabilities, the widest gap first.
// status: which needs count as open.
// mode: read
// params: status, limit
// defaults: status=open, limit=100
// returns: category_id, name, needs, capabilities, gap
MATCH (n:Need)-[:IN_CATEGORY]->(c:Category)
WHERE n.status = $status
WITH c, count(n) AS needs
OPTIONAL MATCH (k:Capability)-[:IN_CATEGORY]->(c)
WITH c, needs, count(k) AS capabilities
RETURN c.id AS category_id, c.name AS name, needs AS needs, capabilities AS capabilities, needs - capabilities AS gap
ORDER BY gap DESC, needs DESC, category_id
LIMIT $limit
