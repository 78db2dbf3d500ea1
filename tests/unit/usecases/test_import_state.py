"""What an import remembers of the records before."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.usecases.import_state import Checkpoint, Seen


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 2**64 - 1) | st.integers(1, 5), st.integers(0, 2**64 - 1)), max_size=2000))
def test_seen_is_a_dict_that_keeps_the_first(pairs: list[tuple[int, int]]) -> None:
    seen, oracle = Seen(), dict[int, int]()
    for key, value in pairs:
        assert seen.put(key, value) == oracle.get(key)
        oracle.setdefault(key, value)


def test_seen_grows_and_forgets_nothing() -> None:
    seen = Seen()
    keys = [(number * 0x9E3779B97F4A7C15) % 2**64 for number in range(1, 20_000)]
    assert all(seen.put(key, key ^ 1) is None for key in keys)
    assert all(seen.put(key, 0) == key ^ 1 for key in keys)


def test_a_checkpoint_survives_its_text() -> None:
    checkpoint = Checkpoint("f", 7, {}, {3: ("seeker_id", "a record that exists")})
    assert Checkpoint.parse(checkpoint.text()) == checkpoint
    assert Checkpoint.parse(None) == Checkpoint("")
