// The highest referral values of customers in a run, without the run's totals.
// mode: read
// params: run_id, totals, limit
// returns: record
MATCH (n:ReferralValue {run_id: $run_id})
WHERE NOT n.customer_id IN $totals
WITH n, n.crv_referral_total + n.crv_introduction_total AS total, n.customer_id AS customer_id
ORDER BY total DESC, customer_id
LIMIT $limit
RETURN properties(n) AS record
ORDER BY total DESC, customer_id
