// Needs as columns.
// collect() drops nulls: an absent text is '', an absent time $never; times are microseconds since 1970, which the
// driver unpacks 50 times as fast.
// mode: read
// params: after, limit, never
// returns: last, id, seeker_id, category_id, text, status, known_at, met_by, met_at, confidential
MATCH (n:Need)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(n.seeker_id) AS seeker_id,
  collect(coalesce(n.category_id, '')) AS category_id,
  collect(n.text) AS text,
  collect(n.status) AS status,
  collect(coalesce(n.known_at.epochSeconds * 1000000 + n.known_at.microsecond, $never)) AS known_at,
  collect(coalesce(n.met_by, '')) AS met_by,
  collect(coalesce(n.met_at.epochSeconds * 1000000 + n.met_at.microsecond, $never)) AS met_at,
  collect(coalesce(n.confidential, false)) AS confidential
