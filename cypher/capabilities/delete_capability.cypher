// Removes capabilities and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:Capability {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
