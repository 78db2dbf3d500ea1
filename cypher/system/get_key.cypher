// The API key with this hash.
// mode: read
// params: hash
// returns: record
MATCH (n:ApiKey {hash: $hash})
RETURN properties(n) AS record
