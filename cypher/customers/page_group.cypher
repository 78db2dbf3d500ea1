// A page of legal groups in the order of ids.
// mode: read
// params: after, limit
// returns: record
MATCH (n:LegalGroup)
WHERE n.id > $after
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
