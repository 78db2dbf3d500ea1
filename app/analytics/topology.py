"""An opened snapshot with its graphs and text indexes: what the kernels read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.analytics.build import Arrays, Texts
from app.analytics.columns import ABSENT, NEVER, Bytes, Float64, Int32, Int64
from app.analytics.snapshot import Snapshot
from graph_algos.csr import Graph
from graph_algos.text import TextIndex, build_text_index, search_both, shared_terms

TEXTS = ("capability", "past", "signal")  # names of the indexes in the files
DAY_S = 86_400

Bool = NDArray[np.bool_]
Found = tuple[Int32, Float64]


@dataclass(frozen=True, slots=True)
class SearchableTexts:
    """`blob` and `starts` keep the texts themselves where words of them may be shown, and are empty elsewhere."""

    index: TextIndex
    blob: NDArray[np.uint8]
    starts: Int64

    def search(self, text: str, count: int) -> tuple[Int32, Float64]:
        """Rows most like the text, with a positive cosine only."""
        nobody = np.zeros(self.index.doc_count, dtype=np.bool_)
        return self.search_both(text, nobody, (count, 0))[0]

    def search_both(self, text: str, apart: Bool, counts: tuple[int, int]) -> tuple[Found, Found]:
        """The same, and again among the rows set apart alone."""
        if not self.index.doc_count:
            nothing = np.empty(0, dtype=np.int32), np.empty(0)
            return nothing, nothing
        of_all, of_some = search_both(self.index, text, apart=apart, counts=counts)
        return _positive(*of_all), _positive(*of_some)

    def shared_words(self, text: str, row: int) -> list[str]:
        raw = self.blob[self.starts[row] : self.starts[row + 1]]
        return shared_terms(self.index, text, bytes(raw).decode())


@dataclass(frozen=True, slots=True)
class Topology:
    """Arrays as build.py makes them; see there. `capability_is_new`: its provider has met no need yet. `activity` and
    `last_met` of each customer: see `_activity`."""

    customer_ids: Bytes
    customer_latitude: Float64
    customer_longitude: Float64
    customer_segment: Int32
    category_ids: Bytes
    category_names: Bytes
    category_parent: Int32
    need_ids: Bytes
    need_seeker: Int32
    need_category: Int32
    need_met_by: Int32
    need_known: NDArray[np.bool_]
    need_met_at: Int64
    past_need: Int32
    capability_provider: Int32
    capability_category: Int32
    capability_is_new: Bool
    offer_starts: Int64
    offer_provider: Int32
    cell_starts: Int64
    cell_provider: Int32
    cell_count: Int32
    cell_last: Int64
    signal_customer: Int32
    tie_starts: Int64
    tie_other: Int32
    tie_kind: NDArray[np.int8]
    tie_count: Int64
    tie_last: Int64
    tie_strength: NDArray[np.float32]
    outcome_starts: Int64
    outcome_segment: Int32
    outcome_good: Int32
    outcome_total: Int32
    activity: Float64
    last_met: Int64
    ties: Graph
    walks: Graph
    peers: Graph
    capability_texts: SearchableTexts
    past_texts: SearchableTexts
    signal_texts: SearchableTexts

    def offers(self, category: int) -> Int32:
        """Providers with a capability in the category."""
        return self.offer_provider[self.offer_starts[category] : self.offer_starts[category + 1]]

    def cells(self, category: int) -> slice:
        """Rows of the providers that met needs of the category."""
        return slice(int(self.cell_starts[category]), int(self.cell_starts[category + 1]))

    def categories_near(self, category: int) -> Sequence[tuple[int, int]]:
        """(category, distance): 0 itself, 1 its parent and children, 2 its siblings and grandchildren."""
        parent = int(self.category_parent[category])
        children = np.flatnonzero(self.category_parent == category)
        near = [(category, 0), *((int(one), 1) for one in children)]
        near += [(int(one), 2) for one in np.flatnonzero(np.isin(self.category_parent, children))]
        if parent != ABSENT:
            siblings = np.flatnonzero(self.category_parent == parent)
            near += [(parent, 1), *((int(one), 2) for one in siblings if one != category)]
        return near


def text_arrays(texts: Texts) -> Arrays:
    """Files of the three indexes; only the providers' own descriptions are kept as words."""
    arrays: Arrays = {}
    for name, rows in zip(TEXTS, (texts.capabilities, texts.past_needs, texts.signals), strict=True):
        index = build_text_index(rows)
        arrays |= {f"{name}_text_{field.name}": getattr(index, field.name) for field in fields(TextIndex)}
        raw = [row.encode() for row in rows] if name == "capability" else []
        starts = np.zeros(len(raw) + 1, dtype=np.int64)
        np.cumsum([len(one) for one in raw], out=starts[1:])
        arrays[f"{name}_text_blob"] = np.frombuffer(b"".join(raw), dtype=np.uint8)
        arrays[f"{name}_text_starts"] = starts
    return arrays


def open_topology(snapshot: Snapshot) -> Topology:
    # As plain arrays over the mapped files: np.memmap costs 5 µs an element.
    return topology_of({name: array.view(np.ndarray) for name, array in snapshot.arrays.items()})


def topology_of(arrays: Mapping[str, NDArray[Any]]) -> Topology:
    """From the arrays of build.py and `text_arrays`, wherever they lie."""
    columns: dict[str, Any] = {field.name: arrays[field.name] for field in fields(Topology) if field.name in arrays}
    graphs: dict[str, Any] = {
        "ties": _graph(arrays, "tie"),
        "walks": _graph(arrays, "walk"),
        "peers": _graph(arrays, "peer"),
    }
    texts: dict[str, Any] = {f"{name}_texts": _texts(arrays, name) for name in TEXTS}
    met = np.zeros(len(arrays["customer_ids"]) + 1, dtype=np.bool_)  # the last place takes ABSENT
    met[arrays["need_met_by"]] = True
    columns["capability_is_new"] = ~met[arrays["capability_provider"]]
    return Topology(**columns, **_activity(arrays), **graphs, **texts)


def _activity(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    """Σ 1 / √(1 + days) over the needs that a customer has met, days before the newest match of all, and when its last
    one was (NEVER: none with a date).

    How likely a thing is to be wanted again falls with the root of the time since it was, summed over all times it was
    (Anderson & Schooler, Reflections of the environment in memory, 1991): no half-life has to be chosen, and a root
    gives the same bytes on every machine.
    """
    customers = len(arrays["customer_ids"])
    by, at = arrays["need_met_by"], arrays["need_met_at"]
    rows = np.flatnonzero((by != ABSENT) & (at != NEVER))
    days = (at[rows].max(initial=NEVER) - at[rows]) / DAY_S
    activity = np.bincount(by[rows], 1.0 / np.sqrt(1.0 + days), minlength=customers).astype(np.float64)
    last = np.full(customers, NEVER, dtype=np.int64)
    np.maximum.at(last, by[rows], at[rows])
    return {"activity": activity, "last_met": last}


def _positive(rows: Int32, scores: NDArray[np.float32]) -> Found:
    return rows[scores > 0], scores[scores > 0].astype(np.float64)


def _graph(arrays: Mapping[str, NDArray[Any]], name: str) -> Graph:
    indptr, indices, weights = (arrays[f"{name}_{part}"] for part in ("indptr", "indices", "weights"))
    return Graph(indptr, indices, weights, directed=False)


def _texts(arrays: Mapping[str, NDArray[Any]], name: str) -> SearchableTexts:
    index = TextIndex(*(arrays[f"{name}_text_{field.name}"] for field in fields(TextIndex)))
    return SearchableTexts(index, arrays[f"{name}_text_blob"], arrays[f"{name}_text_starts"])
