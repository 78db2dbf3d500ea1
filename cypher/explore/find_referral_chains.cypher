// Which chains of referrals did we get, from the first referrer to the last who came, and what margin has the operator
// booked on the conversions of the last in each? Longest first. Chains of at most eight links.
// currency: of the margins that are added up; links: at least so many.
// mode: read
// params: currency, links, limit
// defaults: currency=USD, links=2, limit=100
// returns: first, last, links, customers, margin_minor
MATCH path = (a:Customer)-[:REFERRED*1..8]->(z:Customer)
WHERE NOT (:Customer)-[:REFERRED]->(a) AND NOT (z)-[:REFERRED]->(:Customer) AND length(path) >= $links
WITH a, z, length(path) AS links, [n IN nodes(path) | n.name] AS customers
OPTIONAL MATCH (r:Referral)<-[:CAME_FROM]-(:Outcome)-[:PAID]->(f:CashFlow)
WHERE r.referred_id = z.id AND f.ledger = 'operator' AND f.kind = 'margin' AND f.currency = $currency
WITH a, z, links, customers, sum(f.amount_minor) AS margin_minor
RETURN a.id AS first, z.id AS last, links AS links, customers AS customers, margin_minor AS margin_minor
ORDER BY links DESC, margin_minor DESC, first, last
LIMIT $limit
