// Ties outcomes to the customers who acted in them, as evidence says; its tie to the outcome is drawn before.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (:PiEvidence {id: row.id})-[:SPEAKS_OF]->(n:Outcome)
MATCH (o:Customer {id: row.other_id})
MERGE (o)-[:CONTRIBUTED_TO {by: row.id}]->(n)
RETURN count(*) AS linked
