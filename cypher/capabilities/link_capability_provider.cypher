// Ties capabilities to their providers.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Capability {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (o)-[:OFFERS]->(n)
RETURN count(*) AS linked
