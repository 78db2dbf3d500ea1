// One of the sign-offs.
// mode: read
// params: id
// returns: record
MATCH (n:SignOff {id: $id})
RETURN properties(n) AS record
