// The seeker and its consents.
// mode: read
// params: id
// returns: customer, consents
MATCH (n:Customer {id: $id})
RETURN properties(n) AS customer, [(n)-[:GAVE]->(c:Consent) | properties(c)] AS consents
