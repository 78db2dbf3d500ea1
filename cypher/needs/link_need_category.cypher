// Puts needs into their categories.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Need {id: row.id})
MATCH (o:Category {id: row.other_id})
CREATE (n)-[:IN_CATEGORY]->(o)
RETURN count(*) AS linked
