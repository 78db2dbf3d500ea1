// The categories with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Category {id: id})
RETURN properties(n) AS record
