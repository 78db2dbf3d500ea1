// The run that readers see.
// mode: read
// params: pointer
// returns: record
MATCH (p:Pointer {id: $pointer})
MATCH (n:AssignmentRun {id: p.run_id})
RETURN properties(n) AS record
