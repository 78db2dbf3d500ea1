// Which of these ties exist? Locks the `from` ends first, so that no tie is drawn twice.
// mode: write
// params: groups
// returns: from_id, to_id, id, digest
UNWIND $groups AS pair
MATCH (a:Customer {id: pair.from_id})
SET a.id = pair.from_id
WITH a, pair
MATCH (a)-[r:CONFLICTS_WITH]->(b:Customer)
WHERE b.id IN pair.to_ids
RETURN a.id AS from_id, b.id AS to_id, r.id AS id, r.digest AS digest
