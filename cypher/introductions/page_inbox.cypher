// The open introductions of one owner, what is due first coming first.
// mode: read
// params: owner, statuses, due_after, after, limit
// returns: record
MATCH (n:Introduction {owner: $owner})
WHERE n.status IN $statuses AND (n.due_at > $due_after OR (n.due_at = $due_after AND n.id > $after))
RETURN properties(n) AS record
ORDER BY n.due_at, n.id
LIMIT $limit
