"""Analytics by our own kernels over a snapshot: the default, and the only source of candidates."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from app.analytics import snapshot as files
from app.analytics.build import Arrays, Columns, build_arrays, collect
from app.analytics.calibration import Curve
from app.analytics.candidates import ask
from app.analytics.chances import FACT, draw_stages, read_stages, stages_at
from app.analytics.columns import to_text
from app.analytics.communities import alike, check_count, detect, measure
from app.analytics.peers import similar
from app.analytics.ranker import lightgbm
from app.analytics.registry import Registry
from app.analytics.replay import Replay
from app.analytics.serving import Rankers
from app.analytics.topology import Topology, open_topology, text_arrays
from app.analytics.training import train
from app.domain.access import Caller, Scope
from app.domain.chance import ACCEPTANCE, Chance, Stage, chance
from app.domain.community import CommunityOptions
from app.domain.errors import Misconfigured
from app.domain.need import Need
from app.domain.peer import Peer
from app.domain.ranker import Ranker
from app.domain.suggestion import NeedQuery
from app.embedded.locks import FileLock
from app.ports.analytics import Candidate, CommunityAssignment, Learned, RankedBy, SnapshotInfo
from app.ports.outside import Progress, silent
from app.ports.store import Store, Transaction

CALLER = Caller("analytics", frozenset({Scope.READ}))
NAMES_AT_ONCE = 1_000
LONGEST_BUILD_S = 600.0  # a million customers take about two minutes; whoever waits longer is told


@dataclass(frozen=True, slots=True)
class _Opened:
    info: SnapshotInfo
    topology: Topology
    folder: str
    stages: Sequence[tuple[Stage, Curve | None]]


class LocalAnalytics:
    """Safe for several threads and processes: each sees a whole snapshot, and one takes the next."""

    def __init__(self, store: Store, home: Path, registry: Registry | None = None) -> None:
        """`registry`: without one, rankers lie beside the snapshot."""
        self.store = store
        self.home = home
        self.rankers = Rankers(registry or Registry(home.with_name("rankers")))
        self._opened: _Opened | None = None
        self._opening = threading.Lock()

    def refresh(self, progress: Progress, *, forced: bool = False) -> SnapshotInfo:
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(self.home / "lock", timeout=LONGEST_BUILD_S):
                if forced or self._is_stale():
                    watermark, arrays, facts = self._read(progress)
                    progress("writing the snapshot", 0, 0)
                    files.write(self.home, arrays, facts, watermark=watermark)
        except TimeoutError as error:
            raise Misconfigured(
                "Another process has been taking a snapshot for ten minutes.", remedy="Wait for it or end it."
            ) from error
        return self.info()

    def info(self) -> SnapshotInfo:
        return self.current()[0]

    def has_snapshot(self) -> bool:
        try:
            self.current()
        except Misconfigured:
            return False
        return True

    def candidates(self, query: NeedQuery, need: Need | None, *, count: int) -> Sequence[Candidate]:
        topology = self.current()[1]
        return self.rankers.best(topology, ask(topology, query, need), count=count)

    def train(self, *, seed: int, at: datetime, progress: Progress) -> Ranker:
        lightgbm()  # refuses before a minute of reading
        watermark, replay = self.store.read(CALLER, lambda tx: _history(tx, progress), patient=True)
        trained = train(replay, moment=(at, watermark), seed=seed, progress=progress)
        self.rankers.registry.save(trained)
        return trained.facts

    def chances(self, candidates: Sequence[Candidate]) -> Sequence[Chance]:
        stages = self._open().stages
        return [chance(one.score, stages_at(stages, one.score), one.fit) for one in candidates]

    def acceptance(self, scores: Sequence[float]) -> Sequence[float] | None:
        curve = next(curve for stage, curve in self._open().stages if stage.name == ACCEPTANCE)
        return None if curve is None else [round(one, 6) for one in curve.at(scores)[0].tolist()]

    def ranked_by(self) -> RankedBy:
        return self.rankers.ranked_by()

    def reorder(self, learned: Learned, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        return self.rankers.reorder(learned, candidates)

    def communities(self, options: CommunityOptions, *, progress: Progress = silent) -> CommunityAssignment:
        info, topology = self.current()
        return detect(topology, info, options)

    def similar(self, customer_id: str, *, count: int) -> Sequence[Peer]:
        return similar(self.current()[1], customer_id, count=count)

    def centrality(self, measure_name: str, *, progress: Progress = silent) -> Mapping[str, float]:
        _, topology = self.current()
        values = np.asarray(measure(topology, measure_name), dtype=np.float64)
        return dict(zip(map(to_text, topology.customer_ids), values.tolist(), strict=True))

    def similarity(self, *, count: int, progress: Progress = silent) -> Mapping[str, Sequence[tuple[str, float]]]:
        check_count(count)
        return alike(self.current()[1], count)

    def embedding(self, *, dimension: int, seed: int, progress: Progress = silent) -> Mapping[str, Sequence[float]]:
        raise Misconfigured(
            "Embeddings are computed by Graph Data Science only.", remedy="Point icrm at a Neo4j that has it."
        )

    def current(self) -> tuple[SnapshotInfo, Topology]:
        """The newest snapshot; one that another process has taken is opened at the next question."""
        opened = self._open()
        return opened.info, opened.topology

    def _open(self) -> "_Opened":
        name = files.current_name(self.home)
        opened = self._opened
        if opened is None or opened.folder != name:
            with self._opening:
                opened = self._opened
                if opened is None or opened.folder != name:
                    found = files.open_current(self.home)
                    stages = read_stages(found.facts)
                    opened = self._opened = _Opened(found.info, open_topology(found), found.folder, stages)
        return opened

    def _is_stale(self) -> bool:
        """Whether a new one is due: none yet, one that readers refuse, or an old one."""
        try:
            taken = self.info().watermark
        except Misconfigured:
            return True
        return taken != self.store.read(CALLER, lambda tx: tx.views.watermark())

    def _read(self, progress: Progress) -> tuple[int, Arrays, Mapping[str, Any]]:
        """One read of everything. The watermark is read first: what changes meanwhile makes the snapshot stale."""

        def read(tx: Transaction) -> tuple[int, Arrays, Mapping[str, Any]]:
            watermark = tx.views.watermark()
            progress("reading the graph", 0, 0)
            tables, names = _tables(tx)
            progress("indexing texts", 0, 0)
            arrays, texts = build_arrays(tables, names)
            return watermark, arrays | text_arrays(texts), {FACT: draw_stages(tables.get("introductions"))}

        return self.store.read(CALLER, read, patient=True)


def _tables(tx: Transaction) -> tuple[dict[str, Columns], dict[str, str]]:
    """Everything, and the categories' names."""
    tables = collect(tx.views.topology())
    ids = list(tables["categories"]["id"]) if "categories" in tables else []
    names: dict[str, str] = {}
    for start in range(0, len(ids), NAMES_AT_ONCE):
        names |= {one.id: one.name for one in tx.categories.get(ids[start : start + NAMES_AT_ONCE])}
    return tables, names


def _history(tx: Transaction, progress: Progress) -> tuple[int, Replay]:
    watermark = tx.views.watermark()
    progress("reading the graph", 0, 0)
    return watermark, Replay(*_tables(tx))
