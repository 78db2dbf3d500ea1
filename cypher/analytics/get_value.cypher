// Current values of these customers.
// mode: read
// params: pointer, ids
// returns: record
MATCH (p:Pointer {id: $pointer})
UNWIND $ids AS id
MATCH (n:ReferralValue {id: p.run_id + ':' + id})
RETURN properties(n) AS record
