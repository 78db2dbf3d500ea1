// Writes the decision where none has been made yet; the first SET takes the lock.
// mode: write
// params: id, properties
// returns: id
MATCH (n:SignOff {id: $id})
SET n.id = $id
WITH n
WHERE n.state = 'proposed'
SET n = $properties
RETURN n.id AS id
