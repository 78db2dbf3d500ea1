// Notes that the graph has changed: one more write on one of the counters.
// mode: write
// params: shard, at
// returns: value
MERGE (w:Watermark {id: $shard})
SET w.value = coalesce(w.value, 0) + 1, w.changed_at = $at
RETURN w.value AS value
