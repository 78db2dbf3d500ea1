"""ArcadeDB over Bolt: the embedded engine.

It ignores the client's time limit (its own `command.timeout` of 30 s ends a statement), so the runner's limit on
reading from the connection is what ends a wait. 84 of 800 concurrent MERGEs of one key lost with a ConstraintError.
"""

from app.store.profiles.profile import Profile

ARCADEDB = Profile(
    name="arcadedb",
    gds=False,
    enforces_read_mode=False,
    honours_timeouts=False,
    writers=8,
    key_race_codes=frozenset({"Neo.ClientError.Schema.ConstraintValidationFailed"}),
)
