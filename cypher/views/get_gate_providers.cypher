// Providers with their consents and capabilities, as they are now.
// mode: read
// params: ids
// returns: customer, consents, capabilities
UNWIND $ids AS id
MATCH (n:Customer {id: id})
RETURN properties(n) AS customer, [(n)-[:GAVE]->(c:Consent) | properties(c)] AS consents,
  [(n)-[:OFFERS]->(k:Capability) | properties(k)] AS capabilities
