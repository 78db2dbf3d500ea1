// The referrals with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Referral {id: id})
RETURN properties(n) AS record
