// The contacts with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Contact {id: id})
RETURN properties(n) AS record
