"""How long a step of an introduction and a manager's inbox take beside 100,000 customers, and how many letters a second
leave for a mail server on this machine; on the embedded graph and on Neo4j.

The mail server is a sink of this module that takes everything: what is measured is the graph and the last look.
"""

import os
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from app.adapters.letter_text import letter_text
from app.adapters.mail import Envelope, SmtpSender
from app.bench.imports import neo4j_server
from app.bench.rows import Against, Row, row
from app.bench.value_stored import Place
from app.domain.access import OPERATOR_CLI
from app.domain.audit import Sealer
from app.domain.contact import LinkSigner
from app.domain.customer import Consent, Contact, Customer, Purpose
from app.domain.ids import new_id
from app.domain.introduction import Introduction, IntroductionStatus, Move
from app.domain.packed import canonical
from app.domain.policy import MatchPolicy
from app.domain.sign_off import SignOff, SignOffState, Subject
from app.embedded import stop_embedded
from app.jobs import store_clock
from app.mailer import WORKERS, Mailer
from app.ports.store import PageOf
from app.store.migrations import migrate
from app.store.store import GraphStore
from app.usecases.audit import AuditTrail
from app.usecases.letters import Post
from app.usecases.moves import Step
from app.usecases.moving import MoveIntroduction

CUSTOMERS = 100_000
OPEN = 10_000  # introductions of one manager
STEPS = 500
READS = 200
LETTERS = 1_000
GOAL_STEP_MS, GOAL_INBOX_MS, GOAL_LETTERS = 50.0, 100.0, 100.0
OWNER = "key_manager"
BATCH = 10_000
_S = IntroductionStatus


def run(*, customers: int = CUSTOMERS, count: int = OPEN, letters: int = LETTERS) -> list[Row]:
    """Rows {what, value, unit, peer, ratio, goal, holds}; allow ten minutes."""
    rows: list[Row] = []
    sizes = (customers, count, letters)
    with tempfile.TemporaryDirectory() as folder, _sink() as port:
        graph = Path(folder) / "graph"
        try:
            rows += _measured(Place("embedded", f"embedded:{graph}"), sizes, port)
        finally:
            stop_embedded(graph)
        with neo4j_server(Path(folder)) as server:
            if server is None:
                return [*rows, row("Neo4j: not measured, needs Java 17 and Maven, or ICRM_NEO4J_URL", 0, "")]
            rows += _measured(Place("Neo4j", *server), sizes, port)
    return rows


def _measured(place: Place, sizes: tuple[int, int, int], port: int) -> list[Row]:
    customers, count, letters = sizes
    with place.open() as runner:
        migrate(runner)
        store = GraphStore(runner)
        _never_quiet(store)
        _fill(store, customers, count)
        post = Post(letter_text, LinkSigner(b"b" * 32), "Bank", "http://127.0.0.1")
        trail = AuditTrail(Sealer(b"b" * 32), _fresh)
        move = MoveIntroduction(store, store_clock(store), trail, post)
        steps = [_timed(lambda one=one: _approve(move, one)) for one in range(STEPS)]
        inbox = [_timed(lambda: _inbox(store)) for _ in range(READS)]
        rate = _letters_a_second(store, move, letters, port)
    return [
        _spread(f"{place.name}: a step of {count:,} open introductions, {customers:,} customers", steps, GOAL_STEP_MS),
        _spread(f"{place.name}: the first page of an inbox of {count:,}", inbox, GOAL_INBOX_MS),
        row(
            f"{place.name}: letters a second to a mail server here",
            rate,
            "letters/s",
            Against(goal=f"≥ {GOAL_LETTERS:.0f}", holds=rate >= GOAL_LETTERS),
        ),
    ]


def _fresh(kind: str) -> str:
    return new_id(kind, datetime.now(UTC))


def _spread(what: str, waits: Sequence[float], goal: float) -> Row:
    """p99, with the median in its name."""
    p50, p99 = (float(np.percentile(waits, share)) for share in (50, 99))
    return row(f"{what}, p99 (p50 {p50:.1f})", p99, "ms", Against(goal=f"≤ {goal:.0f} ms", holds=p99 <= goal))


def _timed(work: Any) -> float:
    began = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - began)


def _approve(move: MoveIntroduction, number: int) -> None:
    move(OPERATOR_CLI, f"int_{number:06}", Step("approve", 1))


def _inbox(store: GraphStore) -> None:
    found = store.read(OPERATOR_CLI, lambda tx: tx.introductions.inbox(OWNER, PageOf(limit=25)))
    if len(found) != PageOf(limit=25).limit:
        raise AssertionError("an inbox of too few")


def _letters_a_second(store: GraphStore, move: MoveIntroduction, count: int, port: int) -> float:
    """Of offers that are written before; as many relays as a `Mailer` has."""
    for number in range(STEPS, STEPS + count):
        _approve(move, number)
        move(OPERATOR_CLI, f"int_{number:06}", Step("offer", 2))
    clock, sender = store_clock(store), SmtpSender(Envelope("bench@bank.example"), "127.0.0.1", port, "off")
    relays = [Mailer(store, sender, clock) for _ in range(WORKERS)]
    sent: list[int] = []
    threads = [threading.Thread(target=lambda one=one: sent.append(one.run_once().sent)) for one in relays]
    began = time.perf_counter()
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return sum(sent) / (time.perf_counter() - began)


def _never_quiet(store: GraphStore) -> None:
    """Or a measurement at night would send nothing."""
    policy = replace(MatchPolicy(), quiet_from=0, quiet_until=0, quiet_weekends=False)
    at = datetime.now(UTC)
    fields = (canonical(policy.content()), "measurement", OWNER, at)
    signed = SignOff("sgn_bench", Subject.POLICY, *fields, state=SignOffState.APPROVED, decided_by=OWNER, decided_at=at)
    store.write(OPERATOR_CLI, lambda tx: tx.sign_offs.create(signed))


def _fill(store: GraphStore, customers: int, count: int) -> None:
    at = datetime.now(UTC) - timedelta(days=1)
    for start in range(0, customers, BATCH):
        numbers = range(start, min(start + BATCH, customers))
        made = [Customer(_cus(n), f"Customer {n}", "bench", str(n), vetting=2) for n in numbers]
        store.write(OPERATOR_CLI, lambda tx, made=made: tx.customers.save(made), patient=True)  # type: ignore[misc]
    parties = 2 * count
    for start in range(0, parties, BATCH):
        numbers = range(start, min(start + BATCH, parties))
        lines = [Consent(f"cns_{n}", _cus(n), tuple(Purpose), True, "form", "bench", at) for n in numbers]
        people = [Contact(f"con_{n}", _cus(n), f"Person {n}", email=f"p{n}@example.com") for n in numbers]
        store.write(OPERATOR_CLI, lambda tx, lines=lines: tx.consents.save(lines), patient=True)  # type: ignore[misc]
        store.write(OPERATOR_CLI, lambda tx, people=people: tx.contacts.save(people), patient=True)  # type: ignore[misc]
    waiting = [_introduction(number, at) for number in range(count)]
    store.write(OPERATOR_CLI, lambda tx: tx.introductions.save(waiting), patient=True)


def _introduction(number: int, at: datetime) -> Introduction:
    return Introduction(
        f"int_{number:06}", None, _cus(2 * number), _cus(2 * number + 1), _S.PROPOSED, at, at, owner=OWNER,
        next_step="Approve or reject it.", due_at=at + timedelta(minutes=number), moves=(Move(_S.PROPOSED, at),),
    )  # fmt: skip


def _cus(number: int) -> str:
    return f"cus_{number:08d}"


class _Taker(socketserver.StreamRequestHandler):
    """As much of RFC 5321 as a message takes."""

    def handle(self) -> None:
        self._say(b"220 bench")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"DATA":
                self._say(b"354 go on")
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                self._say(b"250 taken")
            elif verb == b"QUIT":
                self._say(b"221 bye")
                return
            else:
                self._say(b"250 OK")

    def _say(self, text: bytes) -> None:
        self.wfile.write(text + b"\r\n")


@contextmanager
def _sink() -> Iterator[int]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = os.cpu_count() or 1

    with Server(("127.0.0.1", 0), _Taker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield int(server.server_address[1])
        server.shutdown()
