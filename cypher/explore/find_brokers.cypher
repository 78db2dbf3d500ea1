// Which customers tie communities of the current run together? By how many other communities they deal with.
// communities: how many others at least.
// mode: read
// params: communities, limit
// defaults: communities=1, limit=100
// returns: customer_id, name, community_id, others, ties
MATCH (p:Pointer {id: 'communities'})
MATCH (own:Community {run_id: p.run_id})<-[:MEMBER_OF]-(b:Customer)-[r:DEALS_WITH]-(:Customer)-[:MEMBER_OF]->(other:Community)
WHERE other.run_id = p.run_id AND other.id <> own.id
WITH b, own, count(DISTINCT other.id) AS others, count(r) AS ties
WHERE others >= $communities
RETURN b.id AS customer_id, b.name AS name, own.stable_id AS community_id, others AS others, ties AS ties
ORDER BY others DESC, ties DESC, customer_id
LIMIT $limit
