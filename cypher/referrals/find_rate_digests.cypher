// Which of these exchange rates exist, and with which content?
// mode: read
// params: ids
// returns: id, digest
UNWIND $ids AS id
MATCH (n:ExchangeRate {id: id})
RETURN n.id AS id, n.digest AS digest
