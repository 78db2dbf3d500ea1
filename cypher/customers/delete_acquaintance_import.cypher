// Removes ties that an import created.
// mode: write
// params: import_id, limit
// returns: deleted
MATCH (:Staff)-[r:KNOWS]->(:Contact)
WHERE r.import_id = $import_id
WITH r
LIMIT $limit
DELETE r
RETURN count(*) AS deleted
