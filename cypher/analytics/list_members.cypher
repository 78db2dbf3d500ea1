// Everybody in some current communities.
// mode: read
// params: pointer, ids, limit
// returns: customer_id, community_id
MATCH (p:Pointer {id: $pointer})
UNWIND $ids AS stable_id
MATCH (k:Community)<-[:MEMBER_OF]-(c:Customer)
WHERE k.id = p.run_id + ':' + stable_id
RETURN c.id AS customer_id, k.stable_id AS community_id
LIMIT $limit
