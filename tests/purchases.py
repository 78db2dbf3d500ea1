"""Customers drawn from the models of lifetime value, with the facts that an operator would import of them."""

from datetime import UTC, datetime, timedelta

import numpy as np

from app.domain.customer import Customer
from app.domain.ids import derived_id
from app.domain.money import Money

START = datetime(2025, 1, 1, tzinfo=UTC)


def buyers(count=400, seed=0):
    """Customers as BG/NBD and Gamma-Gamma describe them, a year of days."""
    rng, found = np.random.default_rng(seed), []
    for number in range(count):
        days, rate, leaves = rng.integers(200, 365), rng.gamma(0.8, 1 / 30), rng.beta(0.8, 2.4)
        bought, now = [], rng.exponential(1 / rate)
        while now <= days:
            bought.append(max(1, int(now)))
            now = np.inf if rng.random() < leaves else now + rng.exponential(1 / rate)
        mean = rng.gamma(6 * max(1, len(bought)), 1 / rng.gamma(4, 1 / 1500)) / max(1, len(bought))
        found.append(
            Customer(
                derived_id("Customer", "test", str(number)),
                "A customer",
                "test",
                str(number),
                purchases_repeated=len(bought),
                first_purchase_at=START,
                last_purchase_at=START + timedelta(days=bought[-1]) if bought else None,
                observed_until=START + timedelta(days=int(days)),
                mean_margin=Money(round(mean) + 1, "EUR") if bought else None,
            )
        )
    return found


def contracts(count=300, months=6):
    rng = np.random.default_rng(1)
    ends, seen = rng.geometric(rng.beta(0.7, 3.8, count)), rng.integers(1, 8, count)
    return [
        Customer(
            derived_id("Customer", "test", f"c{number}"),
            "A contract",
            "test",
            f"c{number}",
            contract_renewals=int(min(end - 1, last)),
            contract_months=months,
            contract_ended=bool(end <= last),
            mean_margin=Money(10_000, "EUR"),
        )
        for number, (end, last) in enumerate(zip(ends, seen, strict=True))
    ]
