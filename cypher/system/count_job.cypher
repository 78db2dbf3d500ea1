// Jobs in a state, and since when the oldest is.
// mode: read
// params: state
// returns: count, oldest
MATCH (n:JobRun {state: $state})
RETURN count(n) AS count, min(n.created_at) AS oldest
