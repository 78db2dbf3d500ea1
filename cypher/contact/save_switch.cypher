// Stops messages to parties, or lets them go.
// mode: write
// params: id, properties
// returns: id
MERGE (n:Switch {id: $id})
SET n = $properties
RETURN n.id AS id
