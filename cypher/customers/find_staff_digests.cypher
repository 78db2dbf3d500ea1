// Which of these officers exist, and with which content?
// mode: read
// params: ids
// returns: id, digest
UNWIND $ids AS id
MATCH (n:Staff {id: id})
RETURN n.id AS id, n.digest AS digest
