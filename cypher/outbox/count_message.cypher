// How many messages are in each state, and since when the oldest.
// mode: read
// params: limit
// returns: state, messages, oldest_at
MATCH (n:Message)
RETURN n.state AS state, count(*) AS messages, min(n.created_at) AS oldest_at
ORDER BY state
LIMIT $limit
