// What time is it by the clock of the store?
// mode: read
// params:
// returns: now
RETURN datetime.realtime() AS now
