// Exchange rates of some currencies into another; times are microseconds since 1970.
// mode: read
// params: ids, quote
// returns: id, currency, quote, rate, valid_at, recorded_at
UNWIND $ids AS id
MATCH (n:ExchangeRate {currency: id})
WHERE n.quote = $quote
RETURN collect(n.id) AS id,
  collect(n.currency) AS currency,
  collect(n.quote) AS quote,
  collect(n.rate) AS rate,
  collect(n.valid_at.epochSeconds * 1000000 + n.valid_at.microsecond) AS valid_at,
  collect(n.recorded_at.epochSeconds * 1000000 + n.recorded_at.microsecond) AS recorded_at
