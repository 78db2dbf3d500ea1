// Ties signals to their subjects.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Signal {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (n)-[:ABOUT]->(o)
RETURN count(*) AS linked
