// Which introductions on their way are overdue, and whose turn is it? The longest overdue first.
// now: the time of the question.
// mode: read
// params: now, limit
// defaults: now=now, limit=100
// returns: introduction_id, status, owner, next_step, due_at, seeker, provider
MATCH (s:Customer)<-[i:INTRODUCES]-(n:Introduction)-[j:INTRODUCES]->(p:Customer)
WHERE i.role = 'seeker' AND j.role = 'provider' AND n.due_at < $now
  AND n.status IN ['proposed', 'approved', 'offered', 'accepted_by_one', 'accepted', 'introduced', 'disputed']
RETURN n.id AS introduction_id, n.status AS status, coalesce(n.owner, '') AS owner,
  coalesce(n.next_step, '') AS next_step, n.due_at AS due_at, s.name AS seeker, p.name AS provider
ORDER BY due_at, introduction_id
LIMIT $limit
