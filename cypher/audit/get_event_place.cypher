// Events by place: subject and number.
// mode: read
// params: keys
// returns: record
UNWIND $keys AS place
MATCH (n:AuditEvent {place: place})
RETURN properties(n) AS record
