// Removes legal groups and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:LegalGroup {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
