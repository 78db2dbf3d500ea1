// Saves one of the API keys by id.
// mode: write
// params: id, properties
// returns: id
MERGE (n:ApiKey {id: $id})
SET n = $properties
RETURN n.id AS id
