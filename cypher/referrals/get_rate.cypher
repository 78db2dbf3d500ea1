// The exchange rates with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:ExchangeRate {id: id})
RETURN properties(n) AS record
