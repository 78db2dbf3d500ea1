// Writes how far a message has come where the fence is still the relay's.
// mode: write
// params: id, fence, properties
// returns: id
MATCH (n:ContactMessage {id: $id})
SET n.id = $id
WITH n
WHERE n.fence = $fence
SET n = $properties
RETURN n.id AS id
