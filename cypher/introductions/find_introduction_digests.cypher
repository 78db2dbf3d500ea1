// Which of these introductions exist, and with which content?
// mode: read
// params: ids
// returns: id, digest
UNWIND $ids AS id
MATCH (n:Introduction {id: id})
RETURN n.id AS id, n.digest AS digest
