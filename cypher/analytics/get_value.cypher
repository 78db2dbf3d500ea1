// Current values of these customers. The key is made before the MATCH: the embedded engine finds nothing by an
// expression in the pattern.
// mode: read
// params: pointer, ids
// returns: record
MATCH (p:Pointer {id: $pointer})
UNWIND $ids AS id
WITH p.run_id + ':' + id AS key
MATCH (n:ReferralValue {id: key})
RETURN properties(n) AS record
