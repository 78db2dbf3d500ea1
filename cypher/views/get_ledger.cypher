// Everything that a customer ever consented to or withdrew; no row where there is no such customer.
// mode: read
// params: id
// returns: consents
MATCH (n:Customer {id: $id})
RETURN [(n)-[:GAVE]->(c:Consent) | properties(c)] AS consents
