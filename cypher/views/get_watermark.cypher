// How many writes has the graph seen?
// mode: read
// params: -
// returns: value
MATCH (w:Watermark)
RETURN sum(w.value) AS value
