// Removes lines of the consent ledger and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:Consent {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
