// A run by its id, whether readers see it or not.
// mode: read
// params: id
// returns: record
MATCH (n:ValueRun {id: $id})
RETURN properties(n) AS record
