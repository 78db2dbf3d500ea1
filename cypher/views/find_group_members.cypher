// Everybody of the legal groups of these customers.
// mode: read
// params: ids, limit
// returns: customer_id
UNWIND $ids AS id
MATCH (:Customer {id: id})-[:IN_GROUP]->(:LegalGroup)<-[:IN_GROUP]-(c:Customer)
RETURN DISTINCT c.id AS customer_id
LIMIT $limit
