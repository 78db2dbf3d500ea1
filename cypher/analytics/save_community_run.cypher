// Records a run.
// mode: write
// params: id, properties
// returns: id
MERGE (n:CommunityRun {id: $id})
SET n = $properties
RETURN n.id AS id
