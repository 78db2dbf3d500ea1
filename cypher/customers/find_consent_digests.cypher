// Which of these lines of the consent ledger exist, and with which content?
// mode: read
// params: ids
// returns: id, digest
UNWIND $ids AS id
MATCH (n:Consent {id: id})
RETURN n.id AS id, n.digest AS digest
