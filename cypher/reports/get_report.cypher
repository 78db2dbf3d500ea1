// One of the reports.
// mode: read
// params: id
// returns: record
MATCH (n:Report {id: $id})
RETURN properties(n) AS record
