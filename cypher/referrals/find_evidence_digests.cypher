// Which of these pieces of evidence exist, and with which content?
// mode: read
// params: ids
// returns: id, digest
UNWIND $ids AS id
MATCH (n:PiEvidence {id: id})
RETURN n.id AS id, n.digest AS digest
