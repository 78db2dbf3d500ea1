// The last customer in the order of ids who has a value of a run.
// mode: read
// params: run_id, totals
// returns: last
MATCH (v:ReferralValue {run_id: $run_id})
WHERE NOT v.customer_id IN $totals
RETURN max(v.customer_id) AS last
