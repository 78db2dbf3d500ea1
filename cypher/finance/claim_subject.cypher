// Lets one decision about a subject be made at a time: the SET takes the lock until the transaction ends.
// What is written has to change: a value set to itself is no write to an optimistic engine, and two would not meet.
// mode: write
// params: id
// returns: id
MERGE (n:Pointer {id: $id})
SET n.turn = coalesce(n.turn, 0) + 1
RETURN n.id AS id
