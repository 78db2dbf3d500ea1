"""Snapshots on disk: the same bytes from the same records, replaced as a whole, refused when they cannot be trusted."""

import json
import random
import resource
import signal
from pathlib import Path

import numpy as np
import pytest

from app.analytics import snapshot
from app.domain.errors import Misconfigured, WrongVersion
from seed.portfolio import Portfolio, combined
from seed.story import story
from seed.synthetic import synthetic
from tests.unit.analytics.rows import arrays_of

RECORDS = combined(story(), synthetic(60))


def shuffled(portfolio: Portfolio, seed: int) -> Portfolio:
    order = random.Random(seed)
    columns = {name: list(rows) for name, rows in portfolio.kinds()}
    for rows in columns.values():
        order.shuffle(rows)
    return Portfolio(**{name: tuple(rows) for name, rows in columns.items()})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    snapshot.write(tmp_path, arrays_of(RECORDS), {}, watermark=5)
    return tmp_path


def files_of(home: Path) -> Path:
    return home / (snapshot.current_name(home) or "")


def test_the_order_and_the_batches_of_rows_change_no_byte():
    plain = arrays_of(RECORDS)
    for seed in range(3):
        other = arrays_of(shuffled(RECORDS, seed), batch=1000 if seed else 1)
        assert plain.keys() == other.keys()
        for name, array in plain.items():
            assert array.dtype == other[name].dtype, name
            assert array.tobytes() == other[name].tobytes(), name


def test_names_of_customers_are_not_in_a_snapshot():
    blob = b"".join(array.tobytes() for array in arrays_of(RECORDS).values())
    assert not any(one.name.encode() in blob for one in RECORDS.customers)


def test_texts_of_needs_and_signals_are_not_kept_in_words():
    blob = b"".join(array.tobytes() for array in arrays_of(RECORDS).values())
    assert not any(one.text.encode() in blob for one in RECORDS.signals)
    offered = {one.text for one in RECORDS.capabilities}
    assert not any(one.text.encode() in blob for one in RECORDS.needs if one.text not in offered)


def test_what_was_written_is_read_back_mapped_and_read_only(home: Path):
    opened = snapshot.open_current(home)
    for name, array in arrays_of(RECORDS).items():
        assert np.array_equal(opened.arrays[name], array, equal_nan=array.dtype.kind == "f")
    assert opened.info.watermark == 5
    assert opened.info.customers == len(RECORDS.customers)
    with pytest.raises(ValueError):
        opened.arrays["tie_other"][0] = 0


def test_a_new_snapshot_replaces_the_old_one_which_its_readers_keep(home: Path):
    old = snapshot.open_current(home)
    snapshot.write(home, arrays_of(story()), {}, watermark=6)
    assert snapshot.open_current(home).info.watermark == 6
    assert len(old.arrays["customer_ids"]) == len(RECORDS.customers)
    assert len([one for one in home.iterdir() if one.is_dir()]) == 1


def test_without_a_snapshot_the_remedy_is_named(tmp_path: Path):
    with pytest.raises(Misconfigured, match="icrm snapshot rebuild"):
        snapshot.open_current(tmp_path)


def test_another_format_is_refused(home: Path):
    path = files_of(home) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 0}))
    with pytest.raises(WrongVersion, match="icrm snapshot rebuild"):
        snapshot.open_current(home)


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "manifest"])
def test_a_damaged_snapshot_is_refused_by_name(home: Path, damage: str):
    path = files_of(home) / ("manifest.json" if damage == "manifest" else "walk_indices.npy")
    raw = bytearray(path.read_bytes())
    if damage == "flip":
        raw[-1] ^= 1
        path.write_bytes(raw)
    elif damage == "remove":
        path.unlink()
    else:
        path.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(Misconfigured, match=r"icrm snapshot rebuild") as caught:
        snapshot.open_current(home)
    assert files_of(home).name in caught.value.message


def test_a_full_disk_leaves_the_old_snapshot_in_place(home: Path):
    """A limit on the size of files stands for the full disk: the write fails half-way, with the same kind of error."""
    before = snapshot.open_current(home)
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, old[1]))
    try:
        with pytest.raises(Misconfigured, match="free space"):
            snapshot.write(home, arrays_of(RECORDS), {}, watermark=7)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert snapshot.open_current(home).folder == before.folder
    assert len([one for one in home.iterdir() if one.is_dir()]) == 1


def test_two_graphs_never_share_a_folder(tmp_path: Path):
    assert snapshot.folder_of(tmp_path, "bolt://a") != snapshot.folder_of(tmp_path, "bolt://b")
