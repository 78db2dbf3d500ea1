// Categories as columns; an absent text is ''.
// mode: read
// params: after, limit
// returns: last, id, parent_id
MATCH (n:Category)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(coalesce(n.parent_id, '')) AS parent_id
