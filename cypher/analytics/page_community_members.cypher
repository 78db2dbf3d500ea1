// Members of a current community in the order of ids.
// mode: read
// params: community_id, after, limit
// returns: id
MATCH (k:Community {stable_id: $community_id})
MATCH (p:Pointer {run_id: k.run_id})
MATCH (k)<-[:MEMBER_OF]-(c:Customer)
WHERE c.id > $after
RETURN c.id AS id
ORDER BY id
LIMIT $limit
