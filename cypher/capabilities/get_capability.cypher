// The capabilities with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Capability {id: id})
RETURN properties(n) AS record
