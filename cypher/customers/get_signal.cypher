// The signals with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Signal {id: id})
RETURN properties(n) AS record
