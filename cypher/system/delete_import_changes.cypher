// Forgets what has been restored.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:ImportChange {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
