// Draws the tie from the referrer to the one who came.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Referral {id: row.id})
MATCH (a:Customer {id: row.other_id})
MATCH (b:Customer {id: n.referred_id})
CREATE (a)-[:REFERRED {id: n.id, at: n.at, import_id: n.import_id}]->(b)
RETURN count(*) AS linked
