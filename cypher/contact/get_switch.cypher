// Whether messages to parties may leave.
// mode: read
// params: id
// returns: stopped, changed_by, changed_at, reason
MATCH (n:Switch {id: $id})
RETURN n.stopped AS stopped, n.changed_by AS changed_by, n.changed_at AS changed_at, n.reason AS reason
