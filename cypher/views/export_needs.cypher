// Needs as columns; an absent text is '', an absent time null in a list of lists.
// mode: read
// params: after, limit
// returns: last, id, seeker_id, category_id, text, status, known_at, met_by, met_at
MATCH (n:Need)
WHERE n.id > $after
WITH n
ORDER BY n.id
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(n.seeker_id) AS seeker_id,
  collect(coalesce(n.category_id, '')) AS category_id,
  collect(n.text) AS text,
  collect(n.status) AS status,
  collect(n.known_at) AS known_at,
  collect(coalesce(n.met_by, '')) AS met_by,
  collect([n.met_at]) AS met_at
