// The outcomes with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Outcome {id: id})
RETURN properties(n) AS record
