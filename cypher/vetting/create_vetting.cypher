// Records a check of a customer.
// mode: write
// params: id, customer_id, properties
// returns: id
MATCH (o:Customer {id: $customer_id})
MERGE (n:Vetting {id: $id})
ON CREATE SET n = $properties
MERGE (n)-[:VETTED]->(o)
RETURN n.id AS id
