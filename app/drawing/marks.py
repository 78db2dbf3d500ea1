"""Tables, pages and the parts of a picture: HTML and inline SVG, no scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT, LEFT = 640, 260, 170
STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#222}"
    "table{border-collapse:collapse}td,th{padding:.2em .8em;text-align:right;border-bottom:1px solid #ddd}"
    "td:first-child,th:first-child{text-align:left}td{white-space:nowrap}svg{max-width:100%;height:auto}"
)
Figure = Mapping[str, float]
"""mean, low and high."""


def whole(title: str, parts: Sequence[str]) -> str:
    """The page of these parts."""
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def svg(height: float, label: str, marks: Sequence[str], width: float = WIDTH) -> str:
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    about = f'role="img" aria-label="{escape(label)}" font-family="system-ui,sans-serif"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {about} {size}>{"".join(marks)}</svg>'


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" text-anchor="{anchor}">{escape(words)}</text>'


def line(one: tuple[float, float], other: tuple[float, float], colour: str = "#999") -> str:
    ends = f'x1="{one[0]:.1f}" y1="{one[1]:.1f}" x2="{other[0]:.1f}" y2="{other[1]:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="1.5"/>'


def dots(figures: Mapping[str, Figure], *, served: str, label: str, least: float = 0.0) -> str:
    """A dot with its interval for each name, the highest mean first; the axis begins at `least`."""
    ordered = sorted(figures.items(), key=lambda pair: (-pair[1]["mean"], pair[0]))
    most = max([figure["high"] for _, figure in ordered], default=0.0) or 1.0
    scale, marks = (WIDTH - LEFT - 60) / (most - least if most > least else 1.0), []
    for place, (name, figure) in enumerate(ordered):
        y = 18.0 + 22 * place
        x, low, high = (LEFT + scale * (figure[key] - least) for key in ("mean", "low", "high"))
        colour = "#1a6" if name == served else "#68a"
        marks += [text(LEFT - 8, y + 4, name, "end"), line((low, y), (high, y), colour)]
        marks += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>']
        marks += [text(high + 8, y + 4, f"{figure['mean']:.3f}")]
    return svg(22 * len(ordered) + 16, label, marks)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(one)}</td>" for one in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def interval(figure: Figure) -> str:
    return f"{figure['mean']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


@dataclass(frozen=True, slots=True)
class Bar:
    """`note` stands beside it. `faint`: of what is not certain yet."""

    name: str
    value: float
    note: str
    faint: bool = False


BAR_LEFT, BAR_RIGHT, ROW = 230, 220, 24  # room for names and notes, height of a row
LONGEST = 34  # characters of a name that fit before a bar at 12 px


def shortened(name: str, most: int) -> str:
    return name if len(name) <= most else name[: most - 1] + "…"


def bars(rows: Sequence[Bar], label: str, width: float = 860) -> str:
    """One row each, from a common zero; negative ones to the left of it."""
    low, high = min([0.0, *(one.value for one in rows)]), max([0.0, *(one.value for one in rows)])
    scale = (width - BAR_LEFT - BAR_RIGHT) / ((high - low) or 1.0)
    zero, marks = BAR_LEFT - scale * low, ['<rect width="100%" height="100%" fill="#fff"/>']
    for place, one in enumerate(rows):
        y, length = 8.0 + ROW * place, scale * abs(one.value)
        left = zero if one.value >= 0 else zero - length
        colour = ("#b35900" if one.value < 0 else "#1a7f5a") + ("88" if one.faint else "")
        marks += [text(BAR_LEFT - 8, y + 13, shortened(one.name, LONGEST), "end")]
        marks += [f'<rect x="{left:.1f}" y="{y:.1f}" width="{max(length, 1):.1f}" height="16" fill="{colour}"/>']
        marks += [text(width - 8, y + 13, one.note, "end")]
    marks.append(line((zero, 4), (zero, 8.0 + ROW * len(rows)), "#ccc"))
    return svg(ROW * len(rows) + 16, label, marks, width)
