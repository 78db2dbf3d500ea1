// Messages that wait for a relay, or whose relay let its lease run out; the longest due first.
// mode: read
// params: now, limit
// returns: id
MATCH (n:Message {state: 'waiting'})
WHERE n.next_at <= $now AND (n.lease_until IS NULL OR n.lease_until < $now)
RETURN n.id AS id
ORDER BY n.next_at, id
LIMIT $limit
