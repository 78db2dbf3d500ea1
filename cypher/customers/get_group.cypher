// The legal groups with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:LegalGroup {id: id})
RETURN properties(n) AS record
