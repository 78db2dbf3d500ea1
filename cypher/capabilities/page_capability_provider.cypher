// Capabilities of one customer in the order of ids.
// mode: read
// params: provider_id, after, limit
// returns: record
MATCH (:Customer {id: $provider_id})-[:OFFERS]->(n:Capability)
WHERE n.id > $after
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
