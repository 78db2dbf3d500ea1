// Forgets what referrals said from a version on, with the ties that it drew.
// mode: write
// params: rows
// returns: deleted
UNWIND $rows AS row
MATCH (:Referral {id: row.id})<-[:FORMER_OF]-(f:FormerReferral)
WHERE f.version >= row.version
OPTIONAL MATCH (:Customer {id: f.referrer_id})-[r:REFERRED_BEFORE {by: f.id}]->(:Customer)
DELETE r
WITH DISTINCT f
DETACH DELETE f
RETURN count(*) AS deleted
