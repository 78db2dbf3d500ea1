// Ties introductions to their seekers.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Introduction {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (n)-[:INTRODUCES {role: 'seeker'}]->(o)
RETURN count(*) AS linked
