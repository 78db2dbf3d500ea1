// Puts categories under the broader ones.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Category {id: row.id})
MATCH (o:Category {id: row.other_id})
CREATE (n)-[:CHILD_OF]->(o)
RETURN count(*) AS linked
