// A page of the steps of a record in the order of ids, which begin with the record's. The limit comes before the order,
// as for pairs.
// mode: read
// params: after, until, limit
// returns: record
MATCH (n:AssignmentStep)
WHERE n.id > $after AND n.id < $until
WITH n
LIMIT $limit
RETURN properties(n) AS record
ORDER BY n.id
