// Records a job; one that is there stays as it is.
// mode: write
// params: id, properties
// returns: id
MERGE (n:JobRun {id: $id})
ON CREATE SET n = $properties
RETURN n.id AS id
