// Everybody in some communities that readers see.
// mode: read
// params: ids, limit
// returns: customer_id, community_id
UNWIND $ids AS stable_id
MATCH (k:Community {stable_id: stable_id})
MATCH (p:Pointer {run_id: k.run_id})
MATCH (k)<-[:MEMBER_OF]-(c:Customer)
RETURN c.id AS customer_id, k.stable_id AS community_id
LIMIT $limit
