// Signals as columns.
// mode: read
// params: after, limit
// returns: last, id, customer_id, text, shareable
MATCH (n:Signal)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(n.customer_id) AS customer_id,
  collect(n.text) AS text,
  collect(n.shareable) AS shareable
