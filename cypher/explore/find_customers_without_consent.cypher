// Which customers have never given consent to a purpose, though they have open needs or capabilities to offer?
// The busiest first. purpose: profile, match_as_seeker, match_as_provider, contact or reveal_identity.
// mode: read
// params: purpose, limit
// defaults: purpose=match_as_provider, limit=100
// returns: customer_id, name, needs, capabilities
MATCH (c:Customer)
OPTIONAL MATCH (c)-[:GAVE]->(k:Consent)
WHERE k.granted AND $purpose IN k.purposes
WITH c, count(k) AS given
WHERE given = 0
OPTIONAL MATCH (c)-[:HAS_NEED]->(n:Need)
WITH c, count(n) AS needs
OPTIONAL MATCH (c)-[:OFFERS]->(o:Capability)
WITH c, needs, count(o) AS capabilities
WHERE needs + capabilities > 0
RETURN c.id AS customer_id, c.name AS name, needs AS needs, capabilities AS capabilities
ORDER BY needs + capabilities DESC, customer_id
LIMIT $limit
