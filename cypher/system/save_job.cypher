// Saves one of the jobs by id.
// mode: write
// params: id, properties
// returns: id
MERGE (n:JobRun {id: $id})
SET n = $properties
RETURN n.id AS id
