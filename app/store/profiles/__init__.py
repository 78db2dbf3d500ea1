"""What differs between the engines, in one value each; the rest of the code asks the profile, never a version."""

from app.store.profiles.arcadedb import ARCADEDB
from app.store.profiles.neo4j import NEO4J
from app.store.profiles.profile import Profile

__all__ = ["ARCADEDB", "NEO4J", "Profile"]
