// Ties lines of the ledger to who gave them.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (n:Consent {id: row.id})
MATCH (o:Customer {id: row.other_id})
CREATE (o)-[:GAVE]->(n)
RETURN count(*) AS linked
