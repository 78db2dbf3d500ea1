"""Neo4j 5.26 LTS or later: the production engine."""

from app.store.profiles.profile import Profile

NEO4J = Profile(name="neo4j", gds=True, enforces_read_mode=True, honours_timeouts=True)
