"""The engines' fixtures, for every folder of tests."""

from tests.engines import engine, runner, session_runner

__all__ = ["engine", "runner", "session_runner"]
