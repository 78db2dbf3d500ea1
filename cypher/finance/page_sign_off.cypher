// A page of sign-offs in the order of ids, which is that of their proposal.
// The limit comes before the order: both engines walk the unique index on id upwards.
// mode: read
// params: after, limit
// returns: record
MATCH (n:SignOff)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN properties(n) AS record
ORDER BY n.id
