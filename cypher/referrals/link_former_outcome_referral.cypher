// Ties outcomes to the referral that a former version names.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})
MATCH (o:Referral {id: row.other_id})
CREATE (n)-[:CAME_FROM_BEFORE {by: row.by}]->(o)
RETURN count(*) AS linked
