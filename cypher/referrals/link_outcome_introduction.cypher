// Ties outcomes to the introductions they followed.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})
MATCH (o:Introduction {id: row.other_id})
CREATE (n)-[:CAME_FROM]->(o)
RETURN count(*) AS linked
