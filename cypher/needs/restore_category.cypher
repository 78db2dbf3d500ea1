// Puts categories back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:Category {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
