// Saves pairs of a run.
// mode: write
// params: rows
// returns: saved
UNWIND $rows AS row
MERGE (n:AssignedPair {id: row.id})
SET n = row.properties
RETURN count(n) AS saved
