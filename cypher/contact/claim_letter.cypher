// Takes a message, if it is still there to take; its state says how far the last relay came.
// mode: write
// params: id, now, lease_until
// returns: record
MATCH (n:ContactMessage {id: $id})
SET n.id = $id
WITH n
WHERE n.state IN ['waiting', 'claimed', 'leaving'] AND n.next_at <= $now
  AND (n.lease_until IS NULL OR n.lease_until < $now)
SET n.fence = n.fence + 1, n.lease_until = $lease_until,
  n.state = CASE n.state WHEN 'waiting' THEN 'claimed' ELSE n.state END
RETURN properties(n) AS record
