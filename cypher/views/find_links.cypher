// Through which ties is somebody known? Those of these customers, people and officers, strongest first in each part.
// Names are those of officers and people; a customer's is for those who may be named.
// mode: read
// params: customers, contacts, staff, limit
// returns: kind, from_id, to_id, from_name, to_name, role, employer_id, strength, count, last_at
UNWIND $customers AS id
MATCH (a:Customer {id: id})-[r:DEALS_WITH|REFERRED]-(b:Customer)
WITH r, a, b, startNode(r).id AS from_id
RETURN toLower(type(r)) AS kind, from_id AS from_id, CASE WHEN from_id = a.id THEN b.id ELSE a.id END AS to_id,
  '' AS from_name, '' AS to_name, '' AS role, '' AS employer_id,
  coalesce(r.strength, 1.0) AS strength, coalesce(r.count, 1) AS count, coalesce(r.last_at, r.at) AS last_at
ORDER BY strength DESC, count DESC, from_id, to_id, kind
LIMIT $limit
UNION ALL
UNWIND $customers AS id
MATCH (p:Contact)-[:WORKS_FOR]->(a:Customer {id: id})
RETURN 'works_for' AS kind, p.id AS from_id, a.id AS to_id,
  p.name AS from_name, '' AS to_name, coalesce(p.buying_role, '') AS role, a.id AS employer_id,
  1.0 AS strength, 1 AS count, null AS last_at
ORDER BY from_id
LIMIT $limit
UNION ALL
UNWIND $contacts AS id
MATCH (p:Contact {id: id})-[:WORKS_FOR]->(a:Customer)
RETURN 'works_for' AS kind, p.id AS from_id, a.id AS to_id,
  p.name AS from_name, '' AS to_name, coalesce(p.buying_role, '') AS role, a.id AS employer_id,
  1.0 AS strength, 1 AS count, null AS last_at
ORDER BY from_id
LIMIT $limit
UNION ALL
UNWIND $contacts AS id
MATCH (s:Staff)-[k:KNOWS]->(p:Contact {id: id})
RETURN 'knows' AS kind, s.id AS from_id, p.id AS to_id,
  s.name AS from_name, p.name AS to_name, coalesce(p.buying_role, '') AS role, p.customer_id AS employer_id,
  coalesce(k.strength, 1.0) AS strength, coalesce(k.count, 1) AS count, k.last_at AS last_at
ORDER BY strength DESC, count DESC, from_id, to_id
LIMIT $limit
UNION ALL
UNWIND $staff AS id
MATCH (s:Staff {id: id})-[k:KNOWS]->(p:Contact)
RETURN 'knows' AS kind, s.id AS from_id, p.id AS to_id,
  s.name AS from_name, p.name AS to_name, coalesce(p.buying_role, '') AS role, p.customer_id AS employer_id,
  coalesce(k.strength, 1.0) AS strength, coalesce(k.count, 1) AS count, k.last_at AS last_at
ORDER BY strength DESC, count DESC, from_id, to_id
LIMIT $limit
