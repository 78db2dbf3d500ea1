// Appends an event to its subject's chain; one that is there stays as it is. Two in one place are refused.
// mode: write
// params: id, properties
// returns: id
MERGE (n:AuditEvent {id: $id})
ON CREATE SET n = $properties
RETURN n.id AS id
