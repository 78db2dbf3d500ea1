// Puts customers into their legal groups.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Customer {id: row.id})
MATCH (o:LegalGroup {id: row.other_id})
CREATE (n)-[:IN_GROUP]->(o)
RETURN count(*) AS linked
