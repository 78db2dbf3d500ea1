// With which of these providers does the seeker compete or conflict, in either direction?
// mode: read
// params: seeker_id, ids
// returns: kind, provider_id
MATCH (:Customer {id: $seeker_id})-[r:COMPETES_WITH|CONFLICTS_WITH]-(o:Customer)
WHERE o.id IN $ids
RETURN DISTINCT type(r) AS kind, o.id AS provider_id
