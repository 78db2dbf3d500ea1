// What was proposed about a subject and is in a state, decided last first.
// mode: read
// params: subject, state, limit
// returns: record
MATCH (n:SignOff {subject: $subject})
WHERE n.state = $state
RETURN properties(n) AS record
ORDER BY n.decided_at DESC, n.id DESC
LIMIT $limit
