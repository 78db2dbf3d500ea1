// How often is each provider introduced, and how many of these ended well? Who is shown most stands first.
// since: only introductions made after this.
// mode: read
// params: since, limit
// defaults: since=now-365d, limit=100
// returns: customer_id, name, introductions, completed, seekers
MATCH (n:Introduction)-[i:INTRODUCES]->(c:Customer)
WHERE i.role = 'provider' AND n.created_at > $since
RETURN c.id AS customer_id, c.name AS name, count(n) AS introductions,
  sum(CASE WHEN n.status = 'completed' THEN 1 ELSE 0 END) AS completed, count(DISTINCT n.seeker_id) AS seekers
ORDER BY introductions DESC, customer_id
LIMIT $limit
