// Writes what became of a message where the fence is still the relay's.
// mode: write
// params: id, fence, properties
// returns: id
MATCH (n:Message {id: $id})
SET n.id = $id
WITH n
WHERE n.fence = $fence
SET n = $properties
RETURN n.id AS id
