// Which of these are no longer customers?
// mode: read
// params: ids
// returns: id
UNWIND $ids AS id
MATCH (c:Customer {id: id})
WHERE c.standing = 'left'
RETURN c.id AS id
