// Records a run.
// mode: write
// params: id, properties
// returns: id
MERGE (n:ValueRun {id: $id})
SET n = $properties
RETURN n.id AS id
