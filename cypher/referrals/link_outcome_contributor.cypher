// Ties outcomes to the customers who acted, so that one's own are found without a scan.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})
MATCH (o:Customer {id: row.other_id})
MERGE (o)-[:CONTRIBUTED_TO {by: row.id}]->(n)
RETURN count(*) AS linked
