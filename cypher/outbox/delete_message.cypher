// Forgets messages that were delivered long ago.
// mode: write
// params: before, limit
// returns: deleted
MATCH (n:Message {state: 'sent'})
WHERE n.sent_at < $before
WITH n
LIMIT $limit
DETACH DELETE n
RETURN count(*) AS deleted
