// Messages in a state, and since when the oldest is.
// mode: read
// params: state
// returns: count, oldest
MATCH (n:Message {state: $state})
RETURN count(n) AS count, min(n.created_at) AS oldest
