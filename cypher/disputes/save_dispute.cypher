// Writes a dispute.
// mode: write
// params: id, properties
// returns: id
MERGE (n:Dispute {id: $id})
SET n = $properties
RETURN n.id AS id
