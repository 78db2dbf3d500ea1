// Ties outcomes to the needs they met.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})
MATCH (o:Need {id: row.other_id})
CREATE (n)-[:CAME_FROM]->(o)
RETURN count(*) AS linked
