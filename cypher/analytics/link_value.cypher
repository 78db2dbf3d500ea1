// Ties values to their customers; the operator's own has none.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (v:ReferralValue {id: row.id})
MERGE (c)-[r:VALUED_AT]->(v)
RETURN count(r) AS linked
