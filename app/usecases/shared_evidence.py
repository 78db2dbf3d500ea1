"""ReadEvidence: what is known for an introduction, as one of those concerned may see it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.access import Caller, Scope
from app.domain.customer import Consent
from app.domain.decision import Decision, Inputs
from app.domain.introduction import Introduction
from app.domain.shared_evidence import Facts, View, Viewer, view
from app.domain.suggestion import Explanation
from app.ports.outside import Clock
from app.ports.store import PageOf, Store, Transaction
from app.usecases.moves import find_introduction, known
from app.usecases.needs import category_name
from app.usecases.paging import every
from app.usecases.portfolio import find_customer


@dataclass(frozen=True, slots=True)
class ReadSharedEvidence:
    store: Store
    clock: Clock

    def __call__(self, caller: Caller, introduction_id: str, viewer: Viewer) -> View:
        """NotFound; NotAllowed for the auditor's view without the right to administrate."""
        caller.require(Scope.ADMIN if viewer is Viewer.AUDITOR else Scope.READ)
        reader = Caller(caller.id, caller.scopes | {Scope.READ})
        at = self.clock()

        def work(tx: Transaction) -> Facts:
            one = find_introduction(tx, introduction_id)
            what = known(tx, one, at)
            seeker, provider = find_customer(tx, one.seeker_id), find_customer(tx, one.provider_id)
            pair = what.facts.providers[0] if what.facts.providers else None
            return Facts(
                introduction=one,
                seeker=seeker,
                provider=provider,
                need=what.need,
                category=category_name(tx, what.need),
                reasons=_reasons(tx, one),
                signals=tx.signals.of_customers([seeker.id, provider.id]),
                consents=[line for each in (seeker, provider) for line in _ledger(tx, each.id)],
                competes=pair is not None and pair.competes,
                conflicts=pair is not None and pair.conflicts,
                vouch_most=what.policy.vouch_most,
            )

        return view(self.store.read(reader, work), viewer)


def _ledger(tx: Transaction, customer_id: str) -> Sequence[Consent]:
    return tx.views.ledger(customer_id) or ()


def _reasons(tx: Transaction, one: Introduction) -> list[Explanation]:
    """As they were said when the provider was last suggested for the need."""
    if one.need_id is None:
        return []
    need_id = one.need_id

    def page(at: PageOf) -> list[Decision]:
        return tx.decisions.of_need(need_id, at)

    for decision in reversed(list(every(page, lambda each: each.id))):
        if one.provider_id in decision.shown_ids:
            said = Inputs.unpack(decision.inputs).said
            place = decision.shown_ids.index(one.provider_id)
            return [Explanation(*why) for why in said[place]] if place < len(said) else []
    return []
