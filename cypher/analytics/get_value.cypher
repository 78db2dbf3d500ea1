// Values by their keys, each a run and a customer.
// mode: read
// params: keys
// returns: record
UNWIND $keys AS key
MATCH (n:ReferralValue {id: key})
RETURN properties(n) AS record
