"""The engines' fixtures and published data, for every folder of tests."""

from tests.cdnow import cdnow, cdnow_wheel
from tests.engines import engine, runner, session_runner

__all__ = ["cdnow", "cdnow_wheel", "engine", "runner", "session_runner"]
