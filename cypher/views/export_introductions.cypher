// Introductions as columns, with how many outcomes each has, how many were judged and how many of those were good.
// collect() drops nulls: an absent score is -1; times are microseconds since 1970, which the driver unpacks 50 times
// as fast.
// mode: read
// params: after, limit
// returns: last, id, status, score, created_at, deals, judged, good
MATCH (n:Introduction)
WHERE n.id > $after
WITH n
LIMIT $limit
OPTIONAL MATCH (n)<-[:CAME_FROM]-(o:Outcome)
WITH n, count(o) AS deals, count(o.good) AS judged, sum(CASE WHEN o.good THEN 1 ELSE 0 END) AS good
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(n.status) AS status,
  collect(coalesce(n.score, -1.0)) AS score,
  collect(n.created_at.epochSeconds * 1000000 + n.created_at.microsecond) AS created_at,
  collect(deals) AS deals,
  collect(judged) AS judged,
  collect(good) AS good
