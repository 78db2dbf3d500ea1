// Keeps a step of a run's record; one that is there stays as it is.
// mode: write
// params: id, properties
// returns: id
MERGE (n:AssignmentStep {id: $id})
ON CREATE SET n = $properties
RETURN n.id AS id
