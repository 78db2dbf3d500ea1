"""The store over the engine at hand."""

import pytest

from app.store.runner import GraphRunner
from app.store.store import GraphStore


@pytest.fixture
def store(runner: GraphRunner) -> GraphStore:
    return GraphStore(runner)
