// What a projection of so many nodes and weighted ties would take of the server's memory.
// mode: read
// params: nodes, ties
// returns: required_memory, heap_percentage_max
CALL gds.graph.project.estimate('*', '*', {nodeCount: $nodes, relationshipCount: $ties, relationshipProperties: 'weight'})
YIELD requiredMemory, heapPercentageMax
RETURN max(requiredMemory) AS required_memory, max(heapPercentageMax) AS heap_percentage_max
