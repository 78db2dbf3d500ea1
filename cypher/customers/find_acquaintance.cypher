// Which of these ties exist, and others between them? Locks the `from` ends first, so that no tie is drawn twice.
// mode: write
// params: groups
// returns: from_id, to_id, digest
UNWIND $groups AS pairs
MATCH (a:Staff {id: pairs.from_id})
SET a.id = pairs.from_id
WITH a, pairs
MATCH (a)-[r:KNOWS]->(b:Contact)
WHERE b.id >= pairs.first_id AND b.id <= pairs.last_id
RETURN a.id AS from_id, b.id AS to_id, r.digest AS digest
