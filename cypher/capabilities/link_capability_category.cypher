// Puts capabilities into their categories.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Capability {id: row.id})
MATCH (o:Category {id: row.other_id})
CREATE (n)-[:IN_CATEGORY]->(o)
RETURN count(*) AS linked
