"""V of each outcome is VALUE.md's formula, term by term in Decimal, in one currency and in three with HR = .344."""

import calendar
from datetime import date
from decimal import Decimal, localcontext

import numpy as np
from hypothesis import given

from graph_algos.referral_value import FlowKind, OutcomeKind
from tests.unit.graph_algos.value_books import cases, quick

BUSINESS = (FlowKind.MARGIN, FlowKind.SERVING, FlowKind.ACQUISITION_SAVED, FlowKind.ACQUISITION_SAVED_ANYWAY)


def months_later(ordinal: int, months: int) -> int:
    day = date.fromordinal(ordinal)
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last)).toordinal()


def decimal_sums(case, o: int) -> dict[tuple[FlowKind, bool], Decimal]:
    """Σ PV by kind and whether it lies after the valuation day."""
    outcomes, flows, rules = case.book.outcomes, case.book.flows, case.rules
    origin, start = int(outcomes.origin_day[o]), int(outcomes.start_day[o])
    counts = origin <= start <= months_later(origin, rules.window_months)
    growth, sums = 1 + Decimal(str(rules.annual_rate)), {}
    for i in np.flatnonzero(np.asarray(flows.outcome) == o):
        kind, day = FlowKind(int(flows.kind[i])), int(flows.day[i])
        if day > months_later(start, rules.horizon_months) or (kind in BUSINESS and not counts):
            continue
        factor = growth ** (Decimal(rules.valuation_day - day) / 365)
        key = (kind, day > rules.valuation_day)
        sums[key] = sums.get(key, Decimal(0)) + int(flows.amount_minor[i]) * factor
    return sums


def decimal_cells(case, o: int) -> list[list[Decimal]]:
    """V by kind (margin, savings, retention, fees, costs) and time."""
    sums, rules, pi = decimal_sums(case, o), case.rules, Decimal(float(case.book.outcomes.pi[o]))
    pi = Decimal(int(pi > Decimal("0.5"))) if rules.strict_kumar else pi
    charged = Decimal(1) if rules.charge_incentive_to_type_two and not rules.strict_kumar else 1 - pi
    rows = []
    for later in (False, True):
        pv = {kind: sums.get((kind, later), Decimal(0)) for kind in FlowKind}
        saved = (1 - pi) * pv[FlowKind.ACQUISITION_SAVED] + pi * pv[FlowKind.ACQUISITION_SAVED_ANYWAY]
        costs = -(1 - pi) * pv[FlowKind.SERVING] - charged * pv[FlowKind.COST]
        uplift = Decimal(float(case.uplift[o])) if later else Decimal(0)
        rows.append([(1 - pi) * pv[FlowKind.MARGIN], saved, uplift, pv[FlowKind.FEE], costs])
    return [list(pair) for pair in zip(*rows, strict=True)]


@quick
@given(cases)
def test_values_and_their_cells_equal_decimal(case):
    expected = np.zeros((2, 5, 2))
    with localcontext() as context:
        context.prec = 40
        for o, value in enumerate(case.table.outcomes.value_minor.tolist()):
            cells = decimal_cells(case, o)
            exact = sum(sum(pair) for pair in cells)
            assert abs(exact - value) <= Decimal("0.5") + Decimal("1e-6")
            expected[case.book.outcomes.kind[o]] += [[float(cell) for cell in pair] for pair in cells]
    slack = 2 * case.shape.outcomes + 1e-6  # a kind is at most two parts of V, each within one unit
    for kind, crv in ((OutcomeKind.REFERRAL, case.table.crv_referral), (1, case.table.crv_introduction)):
        assert np.abs(crv.sum(axis=0) - expected[kind]).max() <= slack
