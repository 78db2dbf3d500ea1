// Cash flows as referral value needs them; times are microseconds since 1970, which the driver unpacks 50 times as fast.
// mode: read
// params: after, limit
// returns: last, outcome_id, kind, ledger, amount_minor, currency, valid_at, recorded_at
MATCH (n:CashFlow)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.outcome_id) AS outcome_id,
  collect(n.kind) AS kind,
  collect(n.ledger) AS ledger,
  collect(n.amount_minor) AS amount_minor,
  collect(n.currency) AS currency,
  collect(n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond) AS valid_at,
  collect(n.recorded_at.epochSeconds * 1000000 + n.recorded_at.microsecond) AS recorded_at
