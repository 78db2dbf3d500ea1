// The officers with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Staff {id: id})
RETURN properties(n) AS record
