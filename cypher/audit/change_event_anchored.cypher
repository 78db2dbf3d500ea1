// Notes that the seals of these events have been handed on.
// mode: write
// params: ids
// returns: id
UNWIND $ids AS id
MATCH (n:AuditEvent {id: id})
SET n.anchored = true
RETURN n.id AS id
