// Outcomes as columns; an absent judgement is ''.
// collect() drops nulls: an absent text is '', an absent time $never; times are microseconds since 1970, which the
// driver unpacks 50 times as fast.
// mode: read
// params: after, limit, never
// returns: last, provider_id, seeker_id, good, valid_at
MATCH (n:Outcome)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(coalesce(n.provider_id, '')) AS provider_id,
  collect(coalesce(n.seeker_id, '')) AS seeker_id,
  collect(coalesce(toString(n.good), '')) AS good,
  collect(coalesce(n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond, $never)) AS valid_at
