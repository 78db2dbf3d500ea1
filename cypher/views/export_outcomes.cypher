// Outcomes as columns; what is absent is null in a list of lists.
// mode: read
// params: after, limit
// returns: last, provider_id, seeker_id, good, valid_at
MATCH (n:Outcome)
WHERE n.id > $after
WITH n
ORDER BY n.id
LIMIT $limit
RETURN max(n.id) AS last, collect(coalesce(n.provider_id, '')) AS provider_id,
  collect(coalesce(n.seeker_id, '')) AS seeker_id,
  collect([n.good]) AS good,
  collect(n.valid_at) AS valid_at
