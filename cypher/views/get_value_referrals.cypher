// Some referrals as referral value needs them; times are microseconds since 1970, which the driver unpacks 50 times as
// fast.
// mode: read
// params: ids
// returns: id, recorded_at, referrer_id, referred_id, at, pi
UNWIND $ids AS id
MATCH (n:Referral {id: id})
RETURN collect(n.id) AS id,
  collect(coalesce(n.known_since.epochSeconds * 1000000 + n.known_since.microsecond,
    n.at.epochSeconds * 1000000 + n.at.microsecond)) AS recorded_at,
  collect(n.referrer_id) AS referrer_id,
  collect(n.referred_id) AS referred_id,
  collect(n.at.epochSeconds * 1000000 + n.at.microsecond) AS at,
  collect(n.pi) AS pi
