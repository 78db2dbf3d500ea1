// Keeps the answer to a request.
// mode: write
// params: id, status, response
// returns: id
MATCH (n:IdempotencyRecord {id: $id})
SET n.status = $status, n.response = $response
RETURN n.id AS id
