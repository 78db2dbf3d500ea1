// Adds decisions to the log.
// mode: write
// params: rows
// returns: saved
UNWIND $rows AS row
MERGE (n:Decision {id: row.id})
SET n = row.properties
RETURN count(n) AS saved
