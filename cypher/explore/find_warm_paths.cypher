// Who can introduce us to a customer? Officers who know one of its people, or customers that deal with it
// and whose people an officer knows. The strongest ties first.
// customer_id: whom we want to reach.
// mode: read
// params: customer_id, limit
// defaults: limit=50
// returns: officer, through, contact, buying_role, strength, last_at
MATCH (target:Customer {id: $customer_id})
MATCH (o:Staff)-[k:KNOWS]->(p:Contact)-[:WORKS_FOR]->(c:Customer)
OPTIONAL MATCH (c)-[d:DEALS_WITH]-(target)
WITH target, o, k, p, c, max(d.strength) AS dealing
WHERE c.id = target.id OR dealing IS NOT NULL
RETURN o.name AS officer, CASE WHEN c.id = target.id THEN '' ELSE c.name END AS through, p.name AS contact,
  coalesce(p.buying_role, '') AS buying_role,
  CASE WHEN c.id = target.id THEN k.strength ELSE k.strength * dealing END AS strength, k.last_at AS last_at
ORDER BY strength DESC, officer, contact
LIMIT $limit
