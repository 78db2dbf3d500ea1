// Lets one decision about a subject be made at a time: the SET takes the lock until the transaction ends.
// mode: write
// params: id
// returns: id
MERGE (n:Pointer {id: $id})
SET n.id = $id
RETURN n.id AS id
