// One decision of the log.
// mode: read
// params: id
// returns: record
MATCH (n:Decision {id: $id})
RETURN properties(n) AS record
