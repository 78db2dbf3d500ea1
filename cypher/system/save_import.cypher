// Saves one of the imports by id.
// mode: write
// params: id, properties
// returns: id
MERGE (n:ImportRun {id: $id})
SET n = $properties
RETURN n.id AS id
