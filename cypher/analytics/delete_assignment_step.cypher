// Removes steps of a record that no run rests on, but one that readers do not see.
// mode: write
// params: record_id, but_run, limit
// returns: deleted
OPTIONAL MATCH (p:Pointer {run_id: $but_run})
WITH count(p) AS seen
OPTIONAL MATCH (r:AssignmentRun {record_id: $record_id})
WHERE r.id <> $but_run
WITH seen, count(r) AS others
MATCH (n:AssignmentStep {record_id: $record_id})
WHERE seen = 0 AND others = 0
WITH n
LIMIT $limit
DETACH DELETE n
RETURN count(*) AS deleted
