// The lines of the consent ledger with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Consent {id: id})
RETURN properties(n) AS record
