// Removes reports of a kind that are older than the one named.
// mode: write
// params: kind, before, limit
// returns: deleted
MATCH (n:Report {kind: $kind})
WHERE n.id < $before
WITH n
LIMIT $limit
DETACH DELETE n
RETURN count(*) AS deleted
