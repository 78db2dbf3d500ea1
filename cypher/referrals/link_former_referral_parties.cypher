// Draws the tie from the referrer to the one who came, as a former version names them.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (f:FormerReferral {id: row.by})
MATCH (a:Customer {id: row.other_id})
MATCH (b:Customer {id: f.referred_id})
CREATE (a)-[:REFERRED_BEFORE {id: row.id, by: row.by}]->(b)
RETURN count(*) AS linked
