// Ties contacts to their employers.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Contact {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (n)-[:WORKS_FOR]->(o)
RETURN count(*) AS linked
