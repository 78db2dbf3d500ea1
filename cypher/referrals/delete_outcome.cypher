// Removes outcomes and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:Outcome {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
