// Which open needs has nobody a capability for, in their own category or any broader one?
// A capability counts while it is valid. Oldest needs first.
// status: which needs count as open; now: the time of the question.
// mode: read
// params: status, now, limit
// defaults: status=open, now=now, limit=100
// returns: need_id, seeker, category_id, known_at
MATCH (s:Customer)-[:HAS_NEED]->(n:Need)-[:IN_CATEGORY]->(c:Category)
WHERE n.status = $status
OPTIONAL MATCH (c)-[:CHILD_OF*0..8]->(:Category)<-[:IN_CATEGORY]-(k:Capability)
WHERE k.provider_id <> n.seeker_id AND (k.valid_to IS NULL OR k.valid_to > $now)
WITH n, s, c, count(k) AS supply
WHERE supply = 0
RETURN n.id AS need_id, s.name AS seeker, c.id AS category_id, n.known_at AS known_at
ORDER BY known_at, need_id
LIMIT $limit
