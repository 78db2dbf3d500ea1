// The disputes about one introduction, the latest first.
// mode: read
// params: introduction_id, limit
// returns: record
MATCH (n:Dispute {introduction_id: $introduction_id})
RETURN properties(n) AS record
ORDER BY n.id DESC
LIMIT $limit
