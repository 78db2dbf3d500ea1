// Cash flows of these outcomes.
// mode: read
// params: outcome_ids
// returns: record
UNWIND $outcome_ids AS outcome_id
MATCH (n:CashFlow {outcome_id: outcome_id})
RETURN properties(n) AS record
ORDER BY n.id
