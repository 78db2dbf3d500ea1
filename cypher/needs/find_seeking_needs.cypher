// What do these customers seek now?
// mode: read
// params: ids, statuses, limit
// returns: record
UNWIND $ids AS id
MATCH (:Customer {id: id})-[:HAS_NEED]->(n:Need)
WHERE n.status IN $statuses
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
