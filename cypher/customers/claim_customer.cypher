// Locks customers until the transaction ends, so that consent, contact budget and capacity are decided one at a time.
// mode: write
// params: ids
// returns: id
UNWIND $ids AS id
MATCH (n:Customer {id: id})
SET n.id = id
RETURN n.id AS id
