// Removes the ties that the record names, before they are drawn anew.
// mode: write
// params: rows
// returns: removed
UNWIND $rows AS row
MATCH (n:Need {id: row.id})-[r:HAS_NEED|IN_CATEGORY|MET_BY]-()
DELETE r
RETURN count(*) AS removed
