// Puts pieces of evidence back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:PiEvidence {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
