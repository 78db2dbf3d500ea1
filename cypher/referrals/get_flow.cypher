// The cash flows with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:CashFlow {id: id})
RETURN properties(n) AS record
