// Evidence about some outcomes as referral value needs it; an absent end of an interval is -1.
// mode: read
// params: ids
// returns: id, outcome_id, pi, grade, low, high, contributor_ids, betas, recorded_at
UNWIND $ids AS id
MATCH (n:PiEvidence {outcome_id: id})
RETURN collect(n.id) AS id,
  collect(n.outcome_id) AS outcome_id,
  collect(n.pi) AS pi,
  collect(n.grade) AS grade,
  collect(coalesce(n.low, -1.0)) AS low,
  collect(coalesce(n.high, -1.0)) AS high,
  collect(coalesce(n.contributor_ids, [])) AS contributor_ids,
  collect(coalesce(n.betas, [])) AS betas,
  collect(n.recorded_at.epochSeconds * 1000000 + n.recorded_at.microsecond) AS recorded_at
