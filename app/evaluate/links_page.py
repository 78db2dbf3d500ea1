"""An evaluation of links, trust or communities as one page without scripts: a picture for each measure and part of the
data, and the table behind them."""

from html import escape
from math import floor
from typing import Any

from app.drawing.marks import Figure, dots, interval, table, whole


def page(document: dict[str, Any]) -> str:
    """HTML. Same document, same bytes."""
    methods, served = document["methods"], document["served"]
    parts = [f"<h1>{escape(document['data'])}</h1><p>Served: {escape(served)}. {escape(document['protocol'])}</p>"]
    for name, reason in document.get("left_out", {}).items():
        parts.append(f"<p>Left out: {escape(name)}. {escape(reason)}</p>")
    for measure, part in _places(methods):
        figures = {name: figures[measure][part] for name, figures in methods.items()}
        least = _least(figures)
        parts.append(f"<h2>{escape(measure.upper())} on {escape(part)}, with 95 % intervals</h2>")
        parts.append(f"<p>The axis begins at {least:.1f}.</p>")
        parts.append(dots(figures, served=served, label=f"{measure} of each method on {part}", least=least))
    return whole(f"icrm evaluate {document['data']}", [*parts, "<h2>Figures</h2>", _table(document)])


def _places(methods: dict[str, Any]) -> list[tuple[str, str]]:
    """Each measure with each part of the data, as the first method has them: all have the same."""
    first = next(iter(methods.values()))
    return [(measure, part) for measure, parts in first.items() if isinstance(parts, dict) for part in parts]


def _least(figures: dict[str, Figure]) -> float:
    """The tenth below all: differences near 1 would not be seen on an axis from 0."""
    return floor(10 * min(figure["low"] for figure in figures.values())) / 10


def _table(document: dict[str, Any]) -> str:
    """`below served` is the mean of the differences on the same parts, which says more than two intervals."""
    methods, below, rows = document["methods"], document.get("below_served", {}), []
    for measure, part in _places(methods):
        for name, figures in sorted(methods.items(), key=lambda pair: (-pair[1][measure][part]["mean"], pair[0])):
            row = [name, measure, part, interval(figures[measure][part])]
            rows.append([*row, interval(below[name][part]) if name in below else ""] if below else row)
    headings = ["method", "measure", "on", "mean [95 %]"]
    return table([*headings, "below served, paired"] if below else headings, rows)
