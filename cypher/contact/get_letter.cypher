// Messages to parties with these ids.
// mode: read
// params: ids
// returns: record
UNWIND $ids AS id
MATCH (n:ContactMessage {id: id})
RETURN properties(n) AS record
