// Makes customers members of communities, and says how strongly.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (k:Community {id: row.community_id})
MERGE (c)-[r:MEMBER_OF]->(k)
SET r += row.properties
RETURN count(r) AS linked
