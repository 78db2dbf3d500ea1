// Which providers have no capacity left while needs in their category are open? Most waiting needs first.
// status: which needs count as open.
// mode: read
// params: status, limit
// defaults: status=open, limit=100
// returns: customer_id, name, category_id, waiting
MATCH (p:Customer)-[:OFFERS]->(k:Capability)-[:IN_CATEGORY]->(c:Category)<-[:IN_CATEGORY]-(n:Need)
WHERE n.status = $status AND n.seeker_id <> p.id AND (p.open_slots = 0 OR k.open_slots = 0)
RETURN p.id AS customer_id, p.name AS name, c.id AS category_id, count(DISTINCT n.id) AS waiting
ORDER BY waiting DESC, customer_id, category_id
LIMIT $limit
