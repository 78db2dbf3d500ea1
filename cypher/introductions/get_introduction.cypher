// The introductions with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Introduction {id: id})
RETURN properties(n) AS record
