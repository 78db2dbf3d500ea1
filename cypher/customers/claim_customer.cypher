// Locks customers until the transaction ends, so that consent, contact budget and capacity are decided one at a time.
// What is written has to change: a value set to itself is no write to an optimistic engine, and two would not meet.
// mode: write
// params: ids
// returns: id
UNWIND $ids AS id
MATCH (n:Customer {id: id})
SET n.turn = coalesce(n.turn, 0) + 1
RETURN n.id AS id
