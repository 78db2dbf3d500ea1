// What is between these seekers and the wanted providers: competition, conflicts and introductions, whichever sought.
// `wanted` is a map: looking for an id in a list of 50 made this five times as slow.
// mode: read
// params: ids, wanted
// returns: seeker_id, ties, introductions
UNWIND $ids AS id
MATCH (s:Customer {id: id})
RETURN s.id AS seeker_id,
  [(s)-[r:COMPETES_WITH|CONFLICTS_WITH]-(o:Customer) WHERE $wanted[o.id] IS NOT NULL | [type(r), o.id]] AS ties,
  [(s)<-[:INTRODUCES]-(i:Introduction)
    WHERE $wanted[CASE WHEN i.seeker_id = s.id THEN i.provider_id ELSE i.seeker_id END] IS NOT NULL | [
    CASE WHEN i.seeker_id = s.id THEN i.provider_id ELSE i.seeker_id END, i.status,
    i.changed_at.epochSeconds * 1000000 + i.changed_at.microsecond
  ]] AS introductions
