// What referrals said before, as referral value needs it; times are microseconds since 1970.
// mode: read
// params: after, limit
// returns: last, id, recorded_at, referrer_id, referred_id, at, pi
MATCH (n:FormerReferral)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.referral_id) AS id,
  collect(coalesce(n.known_since.epochSeconds * 1000000 + n.known_since.microsecond,
    n.at.epochSeconds * 1000000 + n.at.microsecond)) AS recorded_at,
  collect(n.referrer_id) AS referrer_id,
  collect(n.referred_id) AS referred_id,
  collect(n.at.epochSeconds * 1000000 + n.at.microsecond) AS at,
  collect(n.pi) AS pi
