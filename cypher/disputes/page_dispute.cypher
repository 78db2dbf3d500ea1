// Disputes in the order of ids, in one state if it is given.
// The limit comes before the order: both engines walk the unique index on id upwards.
// mode: read
// params: state, after, limit
// returns: record
MATCH (n:Dispute)
WHERE n.id > $after AND ($state IS NULL OR coalesce(n.state, '') = $state)
WITH n
LIMIT $limit
RETURN properties(n) AS record
ORDER BY n.id
