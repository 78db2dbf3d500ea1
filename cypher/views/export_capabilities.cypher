// Capabilities as columns; an absent text is '', an absent time null in a list of lists.
// mode: read
// params: after, limit
// returns: last, id, provider_id, category_id, text, valid_from, valid_to
MATCH (n:Capability)
WHERE n.id > $after
WITH n
ORDER BY n.id
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(n.provider_id) AS provider_id,
  collect(coalesce(n.category_id, '')) AS category_id,
  collect(n.text) AS text,
  collect([n.valid_from]) AS valid_from,
  collect([n.valid_to]) AS valid_to
