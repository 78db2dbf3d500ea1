// Records a run.
// mode: write
// params: id, properties
// returns: id
MERGE (n:AssignmentRun {id: $id})
SET n = $properties
RETURN n.id AS id
