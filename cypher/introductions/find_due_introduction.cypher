// Introductions in these states that are due, or that nobody has to look at before they go on.
// mode: read
// params: statuses, automatic, now, after, limit
// returns: record
UNWIND $statuses AS status
MATCH (n:Introduction {status: status})
WHERE n.id > $after AND (n.snoozed_until IS NULL OR n.snoozed_until <= $now)
  AND (n.due_at <= $now OR ($automatic AND n.approval = 'automatic' AND n.status = 'proposed'))
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
