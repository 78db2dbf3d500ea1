"""An evaluation as one page without scripts: methods with intervals, slices, calibration curve and exposure as SVG."""

from html import escape
from typing import Any

from app.drawing.marks import HEIGHT, WIDTH, dots, interval, line, svg, table, text, whole


def page(document: dict[str, Any]) -> str:
    """HTML. Same document, same bytes."""
    calibration = document["calibration"]
    parts = [
        f"<h1>{escape(document['data'])}: {document['needs']:,} needs</h1><p>{escape(document['protocol'])}</p>",
        "<h2>Mean reciprocal rank, with 95 % intervals</h2>",
        dots(
            {name: figures["mrr"] for name, figures in document["methods"].items()},
            served="served",
            label="mean reciprocal rank of each method",
        ),
        "<h2>Figures</h2>",
        _table(document["methods"]),
        "<h2>How far served is above each, on the same needs: a claim needs an interval without 0</h2>",
        _minus(document["served_minus"]),
        "<h2>Slices, as served</h2>",
        _slices(document["slices"]),
        "<h2>Calibration of the first five shown</h2>",
        "<p>Too few were shown.</p>" if calibration is None else _calibration(calibration),
        "<h2>Exposure: how often each provider is shown, most first</h2>",
        _exposure(document["exposure"]),
    ]
    return whole(f"icrm evaluate {document['data']}", parts)


def _calibration(calibration: dict[str, Any]) -> str:
    """Said against came to pass, on square axes up to the largest of both."""
    curve = calibration["curve"]
    most = max([max(one["said"], one["came"]) for one in curve], default=0.0) or 1.0
    side, left, top = HEIGHT - 50, 60, 10

    def at(said: float, came: float) -> tuple[float, float]:
        return left + side * said / most, top + side * (1 - came / most)

    marks = [line(at(0, 0), at(most, 0)), line(at(0, 0), at(0, most)), line(at(0, 0), at(most, most), "#ccc")]
    for one in curve:
        x, y = at(one["said"], one["came"])
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1a6"/>')
    corner = at(most, 0)
    marks += [text(corner[0], corner[1] + 18, f"{most:.2f}", "end"), text(left, corner[1] + 18, "0")]
    marks += [text(left - 6, top + 10, f"{most:.2f}", "end"), text(left + side + 14, top + 14, "grey: as said")]
    note = (
        f"<p>Mean error {calibration['error']:.4f} over {calibration['shown']:,} shown; across: chance said; up: share "
        "that came to pass.</p>"
    )
    return note + svg(HEIGHT, "calibration curve", marks)


def _exposure(exposure: dict[str, Any]) -> str:
    shown = exposure["shown"]
    most, count = max(shown, default=1), max(1, len(shown))
    width, floor = WIDTH - 60, HEIGHT - 30
    points = [(50 + width * place / count, floor - (floor - 10) * value / most) for place, value in enumerate(shown)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = [line((50, floor), (50 + width, floor)), line((50, 10), (50, floor))]
    marks += [
        f'<polyline points="{path}" fill="none" stroke="#68a" stroke-width="2"/>',
        text(46, 18, f"{most:,}", "end"),
    ]
    marks += [text(50 + width, floor + 18, f"{len(shown):,} providers", "end")]
    note = (
        f"<p>Gini {exposure['gini_of_shown']:.3f}; a cap at {exposure['cap']:.1%} of all places costs "
        f"{exposure['cost']:.4f} of hit@5.</p>"
    )
    return note + svg(HEIGHT, "times shown by provider", marks)


def _table(methods: dict[str, Any]) -> str:
    names = ("mrr", "ndcg@10", "hit@1", "hit@3", "hit@5")
    rows = sorted(methods.items(), key=lambda pair: (-pair[1]["mrr"]["mean"], pair[0]))
    body = [[name, *(interval(figures[one]) for one in names)] for name, figures in rows]
    return table(["method", *names], body)


def _minus(minus: dict[str, Any]) -> str:
    names = ("mrr", "hit@5")
    rows = sorted(minus.items(), key=lambda pair: (pair[1]["mrr"]["mean"], pair[0]))
    return table(["served minus", *names], [[name, *(interval(part[one]) for one in names)] for name, part in rows])


def _slices(slices: dict[str, Any]) -> str:
    body = []
    for name, part in slices.items():
        served, found = part["methods"]["served"], part["candidates"]
        recall = [str(found.get(one, "")) for one in ("recall@100", "ceiling")]
        body.append([name, f"{part['needs']:,}", interval(served["mrr"]), interval(served["hit@5"]), *recall])
    return table(["slice", "needs", "mrr", "hit@5", "recall@100", "ceiling"], body)
