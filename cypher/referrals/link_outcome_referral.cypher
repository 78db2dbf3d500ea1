// Ties outcomes to the referrals they followed.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})
MATCH (o:Referral {id: row.other_id})
CREATE (n)-[:CAME_FROM]->(o)
RETURN count(*) AS linked
