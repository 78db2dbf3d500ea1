// Some outcomes as referral value needs them, with the time of the introduction that they came from, else their own.
// collect() drops nulls: an absent text is ''; times are microseconds since 1970, which the driver unpacks 50 times as
// fast.
// mode: read
// params: ids
// returns: id, kind, seeker_id, provider_id, referral_id, introduced_at, pi, valid_at, recorded_at, contributor_ids, betas
UNWIND $ids AS id
MATCH (n:Outcome {id: id})
OPTIONAL MATCH (n)-[:CAME_FROM]->(i:Introduction)
RETURN collect(n.id) AS id,
  collect(n.kind) AS kind,
  collect(coalesce(n.seeker_id, '')) AS seeker_id,
  collect(coalesce(n.provider_id, '')) AS provider_id,
  collect(coalesce(n.referral_id, '')) AS referral_id,
  collect(coalesce(i.created_at.epochSeconds * 1000000 + i.created_at.microsecond,
    n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond)) AS introduced_at,
  collect(n.pi) AS pi,
  collect(n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond) AS valid_at,
  collect(coalesce(n.known_since.epochSeconds * 1000000 + n.known_since.microsecond,
    n.recorded_at.epochSeconds * 1000000 + n.recorded_at.microsecond)) AS recorded_at,
  collect(coalesce(n.contributor_ids, [])) AS contributor_ids,
  collect(coalesce(n.betas, [])) AS betas
