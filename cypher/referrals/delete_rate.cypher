// Removes exchange rates and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:ExchangeRate {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
