// Ties outcomes to the customers that a former version names, so that one's own of any day are found without a scan.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Outcome {id: row.id})
MATCH (o:Customer {id: row.other_id})
MERGE (o)-[:CONTRIBUTED_TO {by: row.by}]->(n)
RETURN count(*) AS linked
