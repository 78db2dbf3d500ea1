// The events of one subject in the order in which they happened.
// mode: read
// params: subject_id, after, limit
// returns: record
MATCH (n:AuditEvent {subject_id: $subject_id})
WHERE n.number > $after
RETURN properties(n) AS record
ORDER BY n.number
LIMIT $limit
