"""One line of a measurement: {what, value, unit, peer, ratio, goal, holds}."""

from dataclasses import asdict, dataclass

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Against:
    """What a figure is held to: a peer in the same run with the ratio to it, a goal, and whether it holds."""

    peer: str | None = None
    ratio: float | None = None
    goal: str | None = None
    holds: bool | None = None


ALONE = Against()


def row(what: str, value: float, unit: str, against: Against = ALONE) -> Row:
    return {"what": what, "value": float(value), "unit": unit, **asdict(against)}
