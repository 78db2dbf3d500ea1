// Ties cash flows to their outcomes.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:CashFlow {id: row.id})
MATCH (o:Outcome {id: row.other_id})
CREATE (o)-[:PAID]->(n)
RETURN count(*) AS linked
