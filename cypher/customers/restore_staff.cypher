// Puts officers back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:Staff {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
