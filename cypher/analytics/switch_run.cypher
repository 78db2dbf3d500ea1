// From now on readers see this run.
// mode: write
// params: id, run_id, at
// returns: id
MERGE (p:Pointer {id: $id})
SET p.run_id = $run_id, p.switched_at = $at
RETURN p.id AS id
