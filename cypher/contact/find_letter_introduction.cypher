// The messages of one introduction.
// mode: read
// params: introduction_id, limit
// returns: record
MATCH (n:ContactMessage {introduction_id: $introduction_id})
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
