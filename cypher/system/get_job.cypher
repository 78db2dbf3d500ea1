// One of the jobs.
// mode: read
// params: id
// returns: record
MATCH (n:JobRun {id: $id})
RETURN properties(n) AS record
