// Members of a current community in the order of ids.
// mode: read
// params: pointer, community_id, after, limit
// returns: id
MATCH (p:Pointer {id: $pointer})
MATCH (k:Community)<-[:MEMBER_OF]-(c:Customer)
WHERE k.id = p.run_id + ':' + $community_id AND c.id > $after
RETURN c.id AS id
ORDER BY id
LIMIT $limit
