// Introductions between the seeker and these providers, whichever sought.
// mode: read
// params: seeker_id, ids, open
// returns: provider_id, is_open, last_at
MATCH (:Customer {id: $seeker_id})<-[:INTRODUCES]-(n:Introduction)
WITH n, CASE WHEN n.seeker_id = $seeker_id THEN n.provider_id ELSE n.seeker_id END AS provider_id
WHERE provider_id IN $ids
RETURN provider_id AS provider_id, max(CASE WHEN n.status IN $open THEN 1 ELSE 0 END) AS is_open,
  max(n.changed_at) AS last_at
