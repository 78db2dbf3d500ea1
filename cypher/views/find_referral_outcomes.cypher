// Outcomes of these referrals.
// mode: read
// params: ids, limit
// returns: outcome_id
UNWIND $ids AS id
MATCH (:Referral {id: id})<-[:CAME_FROM|CAME_FROM_BEFORE]-(o:Outcome)
RETURN o.id AS outcome_id
LIMIT $limit
