// The needs with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:Need {id: id})
RETURN properties(n) AS record
