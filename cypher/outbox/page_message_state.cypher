// A page of the messages in a state, in the order of ids.
// mode: read
// params: state, after, limit
// returns: record
MATCH (n:Message {state: $state})
WHERE n.id > $after
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
