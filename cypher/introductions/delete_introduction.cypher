// Removes introductions and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:Introduction {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
