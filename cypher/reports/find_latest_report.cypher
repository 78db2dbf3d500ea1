// The reports of a kind, the latest first; few are kept of each.
// mode: read
// params: kind, limit
// returns: record
MATCH (n:Report {kind: $kind})
RETURN properties(n) AS record
ORDER BY n.id DESC
LIMIT $limit
