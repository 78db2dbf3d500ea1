// Ties introductions to their needs.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Introduction {id: row.id})
MATCH (o:Need {id: row.other_id})
CREATE (n)-[:FOR_NEED]->(o)
RETURN count(*) AS linked
