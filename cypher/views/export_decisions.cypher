// The decision log as lines, for comparing needs that were shown providers with needs held out at random.
// A line: need, seeker, when in microseconds since 1970, held out, exempt, the policy's version, who was or would have been
// shown, and the best of who was eligible. Lists keep absent values in their places, which columns would not. `policies`:
// the batch's, each once as [version, text].
// mode: read
// params: after, limit, best
// returns: last, policies, lines
MATCH (n:Decision)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(DISTINCT [n.policy_version, n.policy]) AS policies, collect([
  n.need_id, n.seeker_id, n.decided_at.epochSeconds * 1000000 + n.decided_at.microsecond, n.held_out, n.exempt,
  n.policy_version, n.shown_ids, n.eligible_ids[0..$best]
]) AS lines
