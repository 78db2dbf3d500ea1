// One dispute.
// mode: read
// params: id
// returns: record
MATCH (n:Dispute {id: $id})
RETURN properties(n) AS record
