// Ties introductions to their providers.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Introduction {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (n)-[:INTRODUCES {role: 'provider'}]->(o)
RETURN count(*) AS linked
