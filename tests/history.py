"""Five hundred needs of a past in which trade, habit and luck decide who meets them: what a ranker can learn from."""

import random
from datetime import timedelta
from typing import Any

from app.domain.capability import Category
from app.domain.need import NeedStatus
from tests.contract.portfolio import NOW, capability, consent, customer, need

TRADES = ("bridge inspection", "office cleaning", "legal advice", "print shop", "road salt", "tree surgery")
PROVIDERS, SEEKERS, NEEDS = 48, 24, 500
OPEN_NEED = "need_9000"


def history(*, seed: int = 1, later: int | None = None) -> dict[str, list[Any]]:
    """Kinds of records. `later`: another draw decides who meets the needs of the second half."""
    draw, luck = random.Random(seed), random.Random(seed + 1)
    providers = range(100, 100 + PROVIDERS)
    by_trade = [[one for one in providers if one % len(TRADES) == trade] for trade in range(len(TRADES))]
    needs: list[Any] = []
    for number in range(NEEDS):
        if later is not None and number == NEEDS // 2:
            luck = random.Random(later)
        trade, seeker = draw.randrange(len(TRADES)), draw.randrange(SEEKERS)
        habit = by_trade[trade][seeker % 3]
        winner = habit if luck.random() < 0.75 else luck.choice(by_trade[trade])
        at = NOW - timedelta(days=NEEDS - number)
        text = f"{TRADES[trade]} in district {draw.randrange(9)}"
        facts = {"category_id": f"cat_{trade}", "status": NeedStatus.MET, "known_at": at, "text": text}
        needs.append(need(number, seeker, **facts, met_by=f"cus_{winner:04}", met_at=at))
    needs.append(need(9000, 0, category_id="cat_0", known_at=NOW, text=f"{TRADES[0]} in district 3"))
    return {
        "categories": [Category(f"cat_{trade}", name) for trade, name in enumerate(TRADES)],
        "customers": [customer(number) for number in (*range(SEEKERS), *providers)],
        "consents": [consent(number, number) for number in (*range(SEEKERS), *providers)],
        "needs": needs,
        "capabilities": [
            capability(one, one, category_id=f"cat_{one % len(TRADES)}", text=TRADES[one % len(TRADES)], **DATELESS)
            for one in providers
        ],
    }


DATELESS: dict[str, Any] = {"valid_from": None, "valid_to": None}
