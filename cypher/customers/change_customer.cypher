// Writes a customer where its version is the expected one; the first SET takes the lock, then the version is read.
// mode: write
// params: id, properties, expected_version
// returns: version
MATCH (n:Customer {id: $id})
SET n.id = $id
WITH n, n.version AS version, n.created_at AS created_at, n.import_id AS import_id
WHERE $expected_version IS NULL OR version = $expected_version
SET n = $properties
SET n.version = version + 1, n.created_at = created_at, n.import_id = import_id
RETURN n.version AS version
