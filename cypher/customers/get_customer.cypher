// The customers with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Customer {id: id})
RETURN properties(n) AS record
