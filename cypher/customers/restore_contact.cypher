// Puts contacts back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:Contact {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
