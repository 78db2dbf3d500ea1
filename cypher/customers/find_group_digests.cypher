// Which of these legal groups exist, and with which content?
// mode: read
// params: ids
// returns: id, digest
UNWIND $ids AS id
MATCH (n:LegalGroup {id: id})
RETURN n.id AS id, n.digest AS digest
