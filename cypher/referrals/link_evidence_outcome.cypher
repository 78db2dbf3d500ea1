// Ties pieces of evidence to their outcomes.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:PiEvidence {id: row.id})
MATCH (o:Outcome {id: row.other_id})
CREATE (n)-[:SPEAKS_OF]->(o)
RETURN count(*) AS linked
