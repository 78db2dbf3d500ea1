// Removes referrals and their relationships.
// mode: write
// params: ids
// returns: deleted
UNWIND $ids AS id
MATCH (n:Referral {id: id})
DETACH DELETE n
RETURN count(*) AS deleted
