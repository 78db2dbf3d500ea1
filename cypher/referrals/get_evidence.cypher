// The pieces of evidence with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:PiEvidence {id: id})
RETURN properties(n) AS record
