// Which consents run out before a date, soonest first? Only those that no later line of the ledger replaces.
// until: the date; now: the time of the question.
// mode: read
// params: now, until, limit
// defaults: now=now, until=now+90d, limit=100
// returns: customer_id, name, purpose, expires_at
MATCH (c:Customer)-[:GAVE]->(k:Consent)
WHERE k.expires_at > $now AND k.expires_at <= $until AND k.granted
UNWIND k.purposes AS purpose
OPTIONAL MATCH (c)-[:GAVE]->(later:Consent)
WHERE purpose IN later.purposes AND later.recorded_at > k.recorded_at AND later.recorded_at <= $now
WITH c, k, purpose, count(later) AS replaced
WHERE replaced = 0
RETURN c.id AS customer_id, c.name AS name, purpose AS purpose, k.expires_at AS expires_at
ORDER BY expires_at, customer_id, purpose
LIMIT $limit
