// Capabilities as columns.
// collect() drops nulls: an absent text is '', an absent time $never; times are microseconds since 1970, which the
// driver unpacks 50 times as fast.
// mode: read
// params: after, limit, never
// returns: last, id, provider_id, category_id, text, valid_from, valid_to
MATCH (n:Capability)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(n.provider_id) AS provider_id,
  collect(coalesce(n.category_id, '')) AS category_id,
  collect(n.text) AS text,
  collect(coalesce(n.valid_from.epochSeconds * 1000000 + n.valid_from.microsecond, $never)) AS valid_from,
  collect(coalesce(n.valid_to.epochSeconds * 1000000 + n.valid_to.microsecond, $never)) AS valid_to
