"""ProposeNext: where a provider has fallen out, the next in line for the need steps in."""

from dataclasses import dataclass

from app.domain.access import Caller
from app.domain.introduction import OPEN, Introduction, IntroductionStatus
from app.domain.need import SEEKING
from app.domain.suggestion import NeedQuery
from app.ports.outside import Clock
from app.ports.store import PageOf, Store, Transaction
from app.usecases.introductions import ProposeIntroduction
from app.usecases.moves import find_introduction
from app.usecases.paging import every
from app.usecases.suggestions import SuggestProviders

MOST_TRIED = 3  # introductions for one need: whoever was offered three strangers in vain wants no fourth
_DRAWN_AGAINST = frozenset({IntroductionStatus.HELD_OUT})


@dataclass(frozen=True, slots=True)
class ProposeNext:
    store: Store
    clock: Clock
    suggest: SuggestProviders
    propose: ProposeIntroduction

    def __call__(self, caller: Caller, introduction_id: str) -> Introduction | None:
        """None where the need seeks no more, has an open introduction, was tried MOST_TRIED times, or nobody fits."""
        tried = self.store.read(caller, lambda tx: _tried(tx, introduction_id))
        if tried is None:
            return None
        need_id, providers = tried
        query = NeedQuery(need_id=need_id, limit=1, exclude=providers, record=True)
        (answer,) = self.suggest(caller, [query])
        if not answer.suggestions:
            return None
        first, at = answer.suggestions[0], self.clock()
        draft = Introduction(
            id="",
            need_id=need_id,
            seeker_id=answer.seeker_id or "",
            provider_id=first.customer_id,
            status=IntroductionStatus.PROPOSED,
            created_at=at,
            changed_at=at,
            reason="The next in line for the need.",
            score=first.score,
            rank=first.rank,
        )
        return self.propose(caller, draft, None)


def _tried(tx: Transaction, introduction_id: str) -> tuple[str, tuple[str, ...]] | None:
    ended = find_introduction(tx, introduction_id)
    need = next(iter(tx.needs.get([ended.need_id])), None) if ended.need_id is not None else None
    if need is None or need.status not in SEEKING:
        return None

    def page(at: PageOf) -> list[Introduction]:
        return tx.introductions.page(at, customer_id=need.seeker_id)

    of_need = [one for one in every(page, lambda one: one.id) if one.need_id == need.id]
    if len(of_need) >= MOST_TRIED or any(one.status in OPEN | _DRAWN_AGAINST for one in of_need):
        return None
    return need.id, tuple(sorted({one.provider_id for one in of_need}))
