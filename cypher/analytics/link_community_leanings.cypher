// Says to which other communities customers lean, and how strongly.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (k:Community {id: row.community_id})
MERGE (c)-[r:LEANS_TO]->(k)
SET r += row.properties
RETURN count(r) AS linked
