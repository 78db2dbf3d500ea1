// Events whose seals are not kept outside the graph yet.
// mode: read
// params: limit
// returns: record
MATCH (n:AuditEvent {anchored: false})
RETURN properties(n) AS record
LIMIT $limit
