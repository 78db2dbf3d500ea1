// A page of the values of a run in the order of ids, which begin with the run's. The limit comes before the order, as
// for needs.
// mode: read
// params: after, until, limit
// returns: record
MATCH (n:ReferralValue)
WHERE n.id > $after AND n.id < $until
WITH n
LIMIT $limit
RETURN properties(n) AS record
ORDER BY n.id
