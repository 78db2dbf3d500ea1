// Claims a key; `was` is the request that had it before. The first SET takes the lock.
// mode: write
// params: id, request_hash, at
// returns: was, status, response
MERGE (n:IdempotencyRecord {id: $id})
ON MATCH SET n.id = $id
WITH n, n.request_hash AS was, n.created_at AS created_at
SET n.request_hash = coalesce(was, $request_hash), n.created_at = coalesce(created_at, $at)
RETURN was AS was, n.status AS status, n.response AS response
