// Outcomes with one of these customers as seeker.
// mode: read
// params: ids, limit
// returns: outcome_id
UNWIND $ids AS id
MATCH (o:Outcome {seeker_id: id})
RETURN o.id AS outcome_id
LIMIT $limit
