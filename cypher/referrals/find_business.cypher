// Business of these seekers that had begun by $until: with whom, when in microseconds since 1970, how many cash flows
// it has and how many of those had arrived by then.
// mode: read
// params: ids, until
// returns: seeker_id, provider_id, began_at, flows, arrived
UNWIND $ids AS id
MATCH (n:Outcome {seeker_id: id})
WHERE n.provider_id IS NOT NULL AND n.valid_at <= $until
OPTIONAL MATCH (n)-[:PAID]->(f:CashFlow)
WITH n, count(f) AS flows, sum(CASE WHEN f.valid_at <= $until THEN 1 ELSE 0 END) AS arrived
RETURN n.seeker_id AS seeker_id, n.provider_id AS provider_id,
  n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond AS began_at, flows AS flows, arrived AS arrived
