"""Neo4j 5.26 LTS or later: the production engine."""

from app.store.profiles.profile import Profile

# It locks, so that writers wait for each other there: as many as the pool has connections.
NEO4J = Profile(name="neo4j", gds=True, enforces_read_mode=True, honours_timeouts=True, writers=64)
