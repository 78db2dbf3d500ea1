// The latest event of a subject.
// mode: read
// params: subject_id, limit
// returns: record
MATCH (n:AuditEvent {subject_id: $subject_id})
RETURN properties(n) AS record
ORDER BY n.number DESC
LIMIT $limit
