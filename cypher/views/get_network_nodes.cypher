// Names of customers, and their community in the current run.
// mode: read
// params: ids
// returns: id, name, community_id
UNWIND $ids AS id
MATCH (n:Customer {id: id})
OPTIONAL MATCH (p:Pointer {id: 'communities'})
OPTIONAL MATCH (n)-[:MEMBER_OF]->(c:Community)
WHERE c.run_id = p.run_id
RETURN n.id AS id, n.name AS name, c.stable_id AS community_id
