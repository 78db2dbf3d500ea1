// Messages to parties that are due, and those whose relay let its lease run out; the longest due first.
// mode: read
// params: now, limit
// returns: id
UNWIND ['waiting', 'claimed', 'leaving'] AS state
MATCH (n:ContactMessage {state: state})
WHERE n.next_at <= $now AND (n.lease_until IS NULL OR n.lease_until < $now)
RETURN n.id AS id
ORDER BY n.next_at, id
LIMIT $limit
