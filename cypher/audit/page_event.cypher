// All events in the order of their places, so that chains come one after the other.
// The limit comes before the order: both engines walk the unique index on place upwards.
// mode: read
// params: after, limit
// returns: record
MATCH (n:AuditEvent)
WHERE n.place > $after
WITH n
LIMIT $limit
RETURN properties(n) AS record
ORDER BY n.place
