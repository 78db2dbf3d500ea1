// Ties met needs to the providers that filled them.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Need {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (n)-[:MET_BY {at: n.met_at}]->(o)
RETURN count(*) AS linked
