// Saves communities of a run.
// mode: write
// params: rows
// returns: saved
UNWIND $rows AS row
MERGE (n:Community {id: row.id})
SET n = row.properties
RETURN count(n) AS saved
