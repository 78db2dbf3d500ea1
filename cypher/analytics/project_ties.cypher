// Project who deals with or referred whom into Graph Data Science, one weighted undirected edge a pair.
// The weight is that of the snapshot: strength times one plus the logarithm of the count, summed over kinds.
// mode: read
// params: name
// returns: graph
MATCH (one:Customer)
OPTIONAL MATCH (one)-[tie:DEALS_WITH|REFERRED]-(other:Customer)
WHERE one.id < other.id
WITH one, other, sum(CASE WHEN tie IS NULL THEN 0.0 ELSE coalesce(tie.strength, 1.0) * (1.0 + log(coalesce(tie.count, 1))) END) AS weight
RETURN gds.graph.project($name, one, other, {relationshipType: 'TIED', relationshipProperties: {weight: weight}}, {undirectedRelationshipTypes: ['*']}) AS graph
