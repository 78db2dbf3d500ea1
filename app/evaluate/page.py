"""An evaluation as one page without scripts: methods with intervals, slices, calibration curve and exposure as SVG."""

from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, LEFT = 640, 260, 170
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}"
    "td:first-child,th:first-child{text-align:left}td{white-space:nowrap}svg{max-width:100%;height:auto}"
)


def page(document: dict[str, Any]) -> str:
    """HTML. Same document, same bytes."""
    calibration = document["calibration"]
    parts = [
        f"<h1>{escape(document['data'])}: {document['needs']:,} needs</h1><p>{escape(document['protocol'])}</p>",
        "<h2>Mean reciprocal rank, with 95 % intervals</h2>",
        _methods(document["methods"]),
        "<h2>Figures</h2>",
        _table(document["methods"]),
        "<h2>Slices, as served</h2>",
        _slices(document["slices"]),
        "<h2>Calibration of the first five shown</h2>",
        "<p>Too few were shown.</p>" if calibration is None else _calibration(calibration),
        "<h2>Exposure: how often each provider is shown, most first</h2>",
        _exposure(document["exposure"]),
    ]
    title = f"icrm evaluate {escape(document['data'])}"
    head = f'<meta charset="utf-8"><title>{title}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _svg(height: float, label: str, marks: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {height:.0f}" width="{WIDTH}" height="{height:.0f}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" {size}>{"".join(marks)}</svg>'


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="{anchor}">{escape(words)}</text>'


def _line(one: tuple[float, float], other: tuple[float, float], colour: str = "#999") -> str:
    ends = f'x1="{one[0]:.1f}" y1="{one[1]:.1f}" x2="{other[0]:.1f}" y2="{other[1]:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="1.5"/>'


def _methods(methods: dict[str, Any]) -> str:
    rows = sorted(methods.items(), key=lambda pair: (-pair[1]["mrr"]["mean"], pair[0]))
    most = max([figures["mrr"]["high"] for _, figures in rows], default=0.0) or 1.0
    scale, marks = (WIDTH - LEFT - 60) / most, []
    for place, (name, figures) in enumerate(rows):
        y, mrr = 18.0 + 22 * place, figures["mrr"]
        x, low, high = (LEFT + scale * mrr[key] for key in ("mean", "low", "high"))
        colour = "#1a6" if name == "served" else "#68a"
        marks += [_text(LEFT - 8, y + 4, name, "end"), _line((low, y), (high, y), colour)]
        marks += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>']
        marks += [_text(high + 8, y + 4, f"{mrr['mean']:.3f}")]
    return _svg(22 * len(rows) + 16, "mean reciprocal rank of each method", marks)


def _calibration(calibration: dict[str, Any]) -> str:
    """Said against came to pass, on square axes up to the largest of both."""
    curve = calibration["curve"]
    most = max([max(one["said"], one["came"]) for one in curve], default=0.0) or 1.0
    side, left, top = HEIGHT - 50, 60, 10

    def at(said: float, came: float) -> tuple[float, float]:
        return left + side * said / most, top + side * (1 - came / most)

    marks = [_line(at(0, 0), at(most, 0)), _line(at(0, 0), at(0, most)), _line(at(0, 0), at(most, most), "#ccc")]
    for one in curve:
        x, y = at(one["said"], one["came"])
        marks.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#1a6"/>')
    corner = at(most, 0)
    marks += [_text(corner[0], corner[1] + 18, f"{most:.2f}", "end"), _text(left, corner[1] + 18, "0")]
    marks += [_text(left - 6, top + 10, f"{most:.2f}", "end"), _text(left + side + 14, top + 14, "grey: as said")]
    note = (
        f"<p>Mean error {calibration['error']:.4f} over {calibration['shown']:,} shown; across: chance said; up: share "
        "that came to pass.</p>"
    )
    return note + _svg(HEIGHT, "calibration curve", marks)


def _exposure(exposure: dict[str, Any]) -> str:
    shown = exposure["shown"]
    most, count = max(shown, default=1), max(1, len(shown))
    width, floor = WIDTH - 60, HEIGHT - 30
    points = [(50 + width * place / count, floor - (floor - 10) * value / most) for place, value in enumerate(shown)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = [_line((50, floor), (50 + width, floor)), _line((50, 10), (50, floor))]
    marks += [
        f'<polyline points="{path}" fill="none" stroke="#68a" stroke-width="2"/>',
        _text(46, 18, f"{most:,}", "end"),
    ]
    marks += [_text(50 + width, floor + 18, f"{len(shown):,} providers", "end")]
    note = (
        f"<p>Gini {exposure['gini_of_shown']:.3f}; a cap at {exposure['cap']:.1%} of all places costs "
        f"{exposure['cost']:.4f} of hit@5.</p>"
    )
    return note + _svg(HEIGHT, "times shown by provider", marks)


def _table(methods: dict[str, Any]) -> str:
    names = ("mrr", "ndcg@10", "hit@1", "hit@3", "hit@5")
    rows = sorted(methods.items(), key=lambda pair: (-pair[1]["mrr"]["mean"], pair[0]))
    body = [[name, *(_interval(figures[one]) for one in names)] for name, figures in rows]
    return _rows(["method", *names], body)


def _slices(slices: dict[str, Any]) -> str:
    body = []
    for name, part in slices.items():
        served, found = part["methods"]["served"], part["candidates"]
        recall = [str(found.get(one, "")) for one in ("recall@100", "ceiling")]
        body.append([name, f"{part['needs']:,}", _interval(served["mrr"]), _interval(served["hit@5"]), *recall])
    return _rows(["slice", "needs", "mrr", "hit@5", "recall@100", "ceiling"], body)


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(one)}</td>" for one in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _interval(figure: dict[str, float]) -> str:
    return f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"
