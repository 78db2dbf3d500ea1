// What outcomes said before, as referral value needs it. collect() drops nulls: an absent text is ''; times are
// microseconds since 1970.
// mode: read
// params: after, limit
// returns: last, id, kind, seeker_id, provider_id, referral_id, introduced_at, pi, valid_at, recorded_at, contributor_ids, betas
MATCH (n:FormerOutcome)
WHERE n.id > $after
WITH n
LIMIT $limit
OPTIONAL MATCH (i:Introduction {id: n.introduction_id})
RETURN max(n.id) AS last, collect(n.outcome_id) AS id,
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
