// Locks whom a letter goes to, then reads what decides whether it may: one statement for four.
// What is written has to change: a value set to itself is no write to an optimistic engine, and two would not meet.
// mode: write
// params: id, introduction_id, switch_id
// returns: status, standing, stopped, consents
MATCH (c:Customer {id: $id})
SET c.turn = coalesce(c.turn, 0) + 1
WITH c
MATCH (i:Introduction {id: $introduction_id})
OPTIONAL MATCH (w:Switch {id: $switch_id})
RETURN i.status AS status, c.standing AS standing, coalesce(w.stopped, false) AS stopped,
  [(c)-[:GAVE]->(l:Consent) | [
    l.id, l.purposes, l.granted, l.recorded_at.epochSeconds * 1000000 + l.recorded_at.microsecond,
    l.expires_at.epochSeconds * 1000000 + l.expires_at.microsecond
  ]] AS consents
