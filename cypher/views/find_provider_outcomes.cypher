// Outcomes with one of these customers as provider.
// mode: read
// params: ids, limit
// returns: outcome_id
UNWIND $ids AS id
MATCH (o:Outcome {provider_id: id})
RETURN o.id AS outcome_id
LIMIT $limit
