// The seeker and its consents.
// Times are microseconds since 1970, which the driver unpacks faster.
// mode: read
// params: id
// returns: customer, consents
MATCH (n:Customer {id: $id})
RETURN n {
  .id, .name, .source, .external_id, .aliases, .segment, .country, .region, .latitude, .longitude,
  .group_id, .vetting,
  vetting_expires_at: n.vetting_expires_at.epochSeconds * 1000000 + n.vetting_expires_at.microsecond,
  .standing, .open_slots, .lifetime_value_minor, .lifetime_value_currency, .lifetime_value_source,
  created_at: n.created_at.epochSeconds * 1000000 + n.created_at.microsecond,
  updated_at: n.updated_at.epochSeconds * 1000000 + n.updated_at.microsecond, .version, .import_id
} AS customer,
  [(n)-[:GAVE]->(c:Consent) | c {
    .id, .customer_id, .purposes, .granted, .basis, .source,
    recorded_at: c.recorded_at.epochSeconds * 1000000 + c.recorded_at.microsecond,
    expires_at: c.expires_at.epochSeconds * 1000000 + c.expires_at.microsecond, .import_id
  }] AS consents
