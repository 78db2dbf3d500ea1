// Communities that a customer is in or leans to, in the runs that readers see.
// mode: read
// params: pointers, customer_id, limit
// returns: pointer, community_id, label, is_member, shares
UNWIND $pointers AS pointer
MATCH (p:Pointer {id: pointer})
MATCH (c:Customer {id: $customer_id})-[r:MEMBER_OF|LEANS_TO]->(k:Community)
WHERE k.run_id = p.run_id
RETURN pointer AS pointer, k.stable_id AS community_id, k.label AS label, type(r) = 'MEMBER_OF' AS is_member, properties(r) AS shares
LIMIT $limit
