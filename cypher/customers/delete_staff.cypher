// Removes officers and whom they know.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:Staff {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
