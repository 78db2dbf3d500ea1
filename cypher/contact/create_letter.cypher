// Records a message to a party; one that is there stays as it is.
// mode: write
// params: id, properties
// returns: id
MERGE (n:ContactMessage {id: $id})
ON CREATE SET n = $properties
RETURN n.id AS id
