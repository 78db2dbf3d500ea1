// One of the messages.
// mode: read
// params: id
// returns: record
MATCH (n:Message {id: $id})
RETURN properties(n) AS record
