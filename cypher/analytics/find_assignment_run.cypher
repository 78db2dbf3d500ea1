// A run by its id, whether readers see it or not.
// mode: read
// params: id
// returns: record
MATCH (n:AssignmentRun {id: $id})
RETURN properties(n) AS record
