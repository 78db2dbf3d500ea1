// Who brought these customers, by which referral.
// mode: read
// params: ids, limit
// returns: referral_id, customer_id
UNWIND $ids AS id
MATCH (:Customer {id: id})<-[r:REFERRED|REFERRED_BEFORE]-(a:Customer)
RETURN r.id AS referral_id, a.id AS customer_id
LIMIT $limit
