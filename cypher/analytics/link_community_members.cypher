// Makes customers members of communities.
// mode: write
// params: rows
// returns: linked
UNWIND $rows AS row
MATCH (c:Customer {id: row.customer_id})
MATCH (k:Community {id: row.community_id})
MERGE (c)-[r:MEMBER_OF]->(k)
RETURN count(r) AS linked
