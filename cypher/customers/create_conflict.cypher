// Draws new ties.
// mode: write
// params: rows
// returns: created
UNWIND $rows AS row
MATCH (a:Customer {id: row.from_id})
MATCH (b:Customer {id: row.to_id})
CREATE (a)-[r:CONFLICTS_WITH]->(b)
SET r = row.properties
RETURN count(*) AS created
