// Records that were begun before a moment and never became a run.
// mode: read
// params: before, limit
// returns: record_id
MATCH (n:AssignmentStep)
WHERE n.recorded_at < $before
WITH DISTINCT n.record_id AS record_id
OPTIONAL MATCH (r:AssignmentRun {record_id: record_id})
WITH record_id, count(r) AS runs
WHERE runs = 0
RETURN record_id AS record_id
ORDER BY record_id
LIMIT $limit
