// Puts exchange rates back as they were.
// mode: write
// params: rows
// returns: restored
UNWIND $rows AS row
MATCH (n:ExchangeRate {id: row.id})
SET n = row.properties
RETURN count(n) AS restored
