// Customers as columns. collect() drops nulls: an absent text is '', an absent degree 1000.
// mode: read
// params: after, limit
// returns: last, id, region, latitude, longitude, group_id, segment
MATCH (n:Customer)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(coalesce(n.region, '')) AS region,
  collect(coalesce(n.latitude, 1000.0)) AS latitude,
  collect(coalesce(n.longitude, 1000.0)) AS longitude,
  collect(coalesce(n.group_id, '')) AS group_id,
  collect(coalesce(n.segment, '')) AS segment
