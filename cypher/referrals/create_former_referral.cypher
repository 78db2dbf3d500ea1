// Keeps what referrals said before they were saved with other content, and from when the new content counts.
// mode: write
// params: rows
// returns: kept
UNWIND $rows AS row
MATCH (n:Referral {id: row.id})
SET n.known_since = row.known_since
CREATE (f:FormerReferral)
SET f = row.properties
CREATE (f)-[:FORMER_OF]->(n)
RETURN count(f) AS kept
