// Puts introductions back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:Introduction {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
