// Customers whose name contains a text, in the order of ids.
// mode: read
// params: search, after, limit
// returns: record
MATCH (n:Customer)
WHERE n.id > $after AND toLower(n.name) CONTAINS $search
RETURN properties(n) AS record
ORDER BY n.id
LIMIT $limit
