// Ties needs to their seekers.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Need {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (o)-[:HAS_NEED]->(n)
RETURN count(*) AS linked
