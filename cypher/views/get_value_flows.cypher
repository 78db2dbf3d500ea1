// Cash flows of some outcomes as referral value needs them; times are microseconds since 1970, which the driver unpacks 50
// times as fast.
// mode: read
// params: ids
// returns: outcome_id, kind, ledger, amount_minor, currency, valid_at, recorded_at
UNWIND $ids AS id
MATCH (n:CashFlow {outcome_id: id})
RETURN collect(n.outcome_id) AS outcome_id,
  collect(n.kind) AS kind,
  collect(n.ledger) AS ledger,
  collect(n.amount_minor) AS amount_minor,
  collect(n.currency) AS currency,
  collect(n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond) AS valid_at,
  collect(n.recorded_at.epochSeconds * 1000000 + n.recorded_at.microsecond) AS recorded_at
