// A run by its id, and the last customer in the order of ids who has a value of it.
// mode: read
// params: run_id, totals
// returns: record, last
MATCH (n:ValueRun {id: $run_id})
OPTIONAL MATCH (v:ReferralValue {run_id: $run_id})
WHERE NOT v.customer_id IN $totals
WITH n, max(v.customer_id) AS last
RETURN properties(n) AS record, last AS last
