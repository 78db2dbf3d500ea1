// One of the imports.
// mode: read
// params: id
// returns: record
MATCH (n:ImportRun {id: $id})
RETURN properties(n) AS record
