// Introductions as lines, for comparing pairs that were introduced with pairs held out at random.
// A line: state, seeker, provider, when in microseconds since 1970, whether the need is confidential. Lists keep absent
// values in their places, which columns would not.
// mode: read
// params: after, limit
// returns: last, lines
MATCH (n:Introduction)
WHERE n.id > $after
WITH n
LIMIT $limit
OPTIONAL MATCH (n)-[:FOR_NEED]->(d:Need)
RETURN max(n.id) AS last, collect([
  n.status, n.seeker_id, n.provider_id, n.created_at.epochSeconds * 1000000 + n.created_at.microsecond, d.confidential
]) AS lines
