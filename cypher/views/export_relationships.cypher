// Ties of the customers from one id to another as columns, from their buying, competing or referring side.
// collect() drops nulls: an absent text is '', an absent time $never; times are microseconds since 1970, which the
// driver unpacks 50 times as fast.
// mode: read
// params: after, until, never
// returns: from_id, to_id, kind, strength, count, last_at
MATCH (a:Customer)-[r:DEALS_WITH|COMPETES_WITH|CONFLICTS_WITH|REFERRED]->(b:Customer)
WHERE a.id > $after AND a.id <= $until
RETURN collect(a.id) AS from_id, collect(b.id) AS to_id, collect(type(r)) AS kind,
  collect(coalesce(r.strength, 1.0)) AS strength, collect(coalesce(r.count, 1)) AS count,
  collect(coalesce(r.last_at.epochSeconds * 1000000 + r.last_at.microsecond, r.at.epochSeconds * 1000000 + r.at.microsecond, $never)) AS last_at
