"""A scoring run and a failed job reach the operator's systems, at least once, under one id, on every engine."""

import base64
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from app import relay as relays
from app.adapters.channels import FolderChannel
from app.domain.access import OPERATOR_CLI as ME
from app.domain.errors import BadInput, Conflict
from app.domain.ids import derived_id
from app.domain.job import Held, JobRun, JobState
from app.domain.outbox import Message, MessageState
from app.jobs import JobRunner, store_clock
from app.ports.outside import Channel, Undelivered
from app.ports.store import PageOf
from app.relay import Relay, Relayed, channels_of
from app.settings import Settings
from app.store.runner import GraphRunner
from app.store.store import GraphStore
from app.usecases.referral_value import ScoreValue
from tests.engines import Engine
from tests.journey.test_runs import NOW, USD, Numbered, loaded

ROOT = Path(__file__).parents[2]


@pytest.fixture
def store(runner: GraphRunner) -> GraphStore:
    return loaded(runner)


def score(store: GraphStore) -> str:
    return ScoreValue(store, lambda: NOW, Numbered())(ME, USD).id


def messages(store: GraphStore) -> list[Message]:
    return store.read(ME, lambda tx: tx.outbox.page(PageOf()))


@dataclass
class Flaky:
    """A channel that fails so often before it takes a message."""

    failures: int = 0
    taken: list[str] = field(default_factory=list)

    def __call__(self, message: Message) -> None:
        if self.failures:
            self.failures -= 1
            raise Undelivered("not now")
        self.taken.append(message.id)


class Later:
    """The store's clock, `ahead` of itself."""

    def __init__(self, store: GraphStore) -> None:
        self.now, self.ahead = store_clock(store), timedelta(0)

    def __call__(self):  # type: ignore[no-untyped-def]
        return self.now() + self.ahead


def relay(store: GraphStore, channels: dict[str, Channel]) -> tuple[Relay, Later]:
    clock = Later(store)
    return Relay(store, channels, clock), clock


def test_new_values_are_told_with_their_switch_and_only_then(store: GraphStore, tmp_path: Path) -> None:
    run_id = score(store)
    [one] = messages(store)
    assert (one.topic, one.subject_id, one.created_at) == ("value.scored", run_id, NOW)
    assert Relay(store, {"folder": FolderChannel(tmp_path)}, store_clock(store)).run_once() == Relayed(sent=1)
    told = json.loads((tmp_path / f"{one.id}.json").read_text())
    run = store.read(ME, lambda tx: tx.values.current())
    assert run is not None
    assert told["data"]["run_id"] == run.id
    assert told["data"]["outcomes_minor"] == run.outcomes_minor
    job = JobRun("job_1", "score_value", JobState.RUNNING, "{}", NOW, "cli", fence=3)
    store.write(ME, lambda tx: tx.jobs.save(job))
    with pytest.raises(Conflict):  # another worker has taken the job over: no switch, and nobody is told of one
        ScoreValue(store, lambda: NOW, Numbered())(ME, USD, held=Held("job_1", 2, NOW))
    current = store.read(ME, lambda tx: tx.values.current())
    assert current is not None
    assert current.id == run_id != derived_id("Run", "job_1")
    assert len(messages(store)) == 1


def test_a_job_that_fails_is_told_once(store: GraphStore) -> None:
    def fails(*_: object) -> dict[str, object]:
        raise BadInput("The rate is out of range.")

    jobs = JobRunner(store, {"broken": fails, "works": lambda *_: {}}, store_clock(store))
    for number, kind in enumerate(("broken", "works")):
        one = JobRun(f"job_{number}", kind, JobState.QUEUED, "{}", NOW + timedelta(seconds=number), "cli")
        store.write(ME, lambda tx, one=one: tx.jobs.create(one))
        assert jobs.run_next()
    [told] = messages(store)
    data = json.loads(told.payload)["data"]
    assert (told.topic, told.subject_id) == ("job.failed", "job_0")
    assert data == {"job_id": "job_0", "job_type": "broken", "error": "The rate is out of range."}


def test_a_receiver_that_was_away_gets_it_later_and_no_other_twice(store: GraphStore) -> None:
    score(store)
    away, there = Flaky(failures=2), Flaky()
    work, clock = relay(store, {"away": away, "there": there})
    assert work.run_once() == Relayed(in_vain=1)
    assert work.run_once() == Relayed()  # it waits
    [one] = messages(store)
    assert (one.problem, one.reached, one.tries) == ("not now", ("there",), 1)
    for wait in (timedelta(seconds=30), timedelta(minutes=3)):
        clock.ahead += wait
        work.run_once()
    assert (away.taken, there.taken) == ([one.id], [one.id])
    [sent] = messages(store)
    assert (sent.state, sent.reached, sent.problem) == (MessageState.SENT, ("away", "there"), None)
    clock.ahead += relays.KEPT + timedelta(days=1)
    work.run_once()
    assert messages(store) == []


def test_what_cannot_be_delivered_is_held_and_said(store: GraphStore) -> None:
    score(store)

    def gone(_: Message) -> None:
        raise Undelivered("The webhook's receiver answered 410.", final=True)

    assert relay(store, {"gone": gone})[0].run_once() == Relayed(held=1)
    [held] = store.read(ME, lambda tx: tx.outbox.page(PageOf(), MessageState.HELD))
    assert held.problem == "The webhook's receiver answered 410."


@pytest.fixture
def killed(engine: Engine, store: GraphStore, tmp_path: Path) -> Path:
    """What a receiver has after the relay was killed between its delivery and its note of that."""
    score(store)
    received = tmp_path / "received"
    command = [sys.executable, "-m", "tests.journey.outbox_relay", engine.url, str(tmp_path / "data"), str(received)]
    command += [engine.user] if engine.user else []
    environment = os.environ | {"OUTBOX_PASSWORD": engine.password or ""}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "delivered\n" in iter(process.stdout.readline, "")
        process.kill()
    return received


def test_a_killed_relay_leaves_the_message_to_the_next_under_the_same_id(store: GraphStore, killed: Path) -> None:
    [one] = messages(store)
    assert (one.state, one.fence) == (MessageState.WAITING, 1)
    again = Flaky()
    work, clock = relay(store, {"slow": again})
    assert work.run_once() == Relayed()  # its lease still runs
    clock.ahead = relays.LEASE + timedelta(seconds=1)
    assert work.run_once() == Relayed(sent=1)
    assert again.taken == killed.read_text().split() == [one.id]


def test_a_late_report_of_a_relay_that_was_overtaken_changes_nothing(store: GraphStore) -> None:
    score(store)
    now = store_clock(store)()
    first = store.write(ME, lambda tx: tx.outbox.claim(now=now, lease_until=now))
    assert first is not None
    assert relay(store, {"a": Flaky()})[0].run_once() == Relayed(sent=1)
    late = replace(first, state=MessageState.HELD)
    assert not store.write(ME, lambda tx: tx.outbox.report(late))
    assert messages(store)[0].state is MessageState.SENT


def test_settings_name_the_channels(tmp_path: Path) -> None:
    secret = f"whsec_{base64.b64encode(b'k' * 24).decode()}"
    assert channels_of(Settings(_env_file=None)) == {}
    both = Settings(
        _env_file=None, outbox_folder=tmp_path, webhook_url="https://crm.example/hook", webhook_secret=secret
    )
    assert sorted(channels_of(both)) == ["folder", "webhook"]
    assert secret not in repr(channels_of(both)["webhook"])
    assert "kkkk" not in repr(channels_of(both)["webhook"])
