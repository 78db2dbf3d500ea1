// Which relationships have gone quiet? Customers that dealt often and have not since a date; most dealings first.
// before: no dealing after this; dealings: at least so many.
// mode: read
// params: before, dealings, limit
// defaults: before=now-180d, dealings=2, limit=100
// returns: buyer, supplier, dealings, last_at
MATCH (a:Customer)-[r:DEALS_WITH]->(b:Customer)
WHERE r.last_at < $before AND r.count >= $dealings
RETURN a.name AS buyer, b.name AS supplier, r.count AS dealings, r.last_at AS last_at
ORDER BY dealings DESC, last_at, buyer, supplier
LIMIT $limit
