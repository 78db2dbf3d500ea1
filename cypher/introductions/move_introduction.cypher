// Writes the next state where the stored version is the expected one; the first SET takes the lock.
// mode: write
// params: id, properties, expected_version
// returns: version
MATCH (n:Introduction {id: $id})
SET n.id = $id
WITH n, n.version AS version, n.import_id AS import_id
WHERE version = $expected_version
SET n = $properties
SET n.import_id = import_id
RETURN n.version AS version
