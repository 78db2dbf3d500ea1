"""Who may read what of an introduction: what a viewer may not see changes nothing of what it sees (P21)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.customer import Consent, Customer, Purpose, Signal, Standing
from app.domain.introduction import Introduction, IntroductionStatus
from app.domain.money import Money
from app.domain.need import Need
from app.domain.shared_evidence import STAFF, Facts, Viewer, evidence, view
from app.domain.suggestion import Explanation

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE = [IntroductionStatus.PROPOSED, IntroductionStatus.OFFERED, IntroductionStatus.ACCEPTED_BY_ONE]
words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20)
money = st.none() | st.builds(Money, st.integers(1, 10**9), st.sampled_from(["USD", "EUR"]))


def facts(**changes: Any) -> Facts:
    made = Facts(
        introduction=Introduction("int_1", "need_1", "cus_s", "cus_p", IntroductionStatus.OFFERED, NOW, NOW),
        seeker=Customer("cus_s", "Seeker & Sons", "crm", "1", vetting=2),
        provider=Customer("cus_p", "Provider Ltd", "crm", "2", vetting=3),
        need=Need("need_1", "cus_s", "a second floor", "crm", "1", NOW, "construction", budget=Money(240_000, "USD")),
        category="Construction",
        reasons=(Explanation("category", 1.0, 0.5, "It works in the category asked for.", "taxonomy"),),
    )
    return replace(made, **changes)


@st.composite
def signals(draw: st.DrawFn) -> tuple[Signal, ...]:
    count = draw(st.integers(0, 3))
    return tuple(
        Signal(f"sig_{number}", draw(st.sampled_from(["cus_s", "cus_p"])), draw(words), "note", "crm", NOW)
        for number in range(count)
    )


@st.composite
def ledgers(draw: st.DrawFn) -> tuple[Consent, ...]:
    count = draw(st.integers(0, 3))
    return tuple(
        Consent(f"cns_{number}", "cus_s", (Purpose.CONTACT,), draw(st.booleans()), draw(words), "crm", NOW)
        for number in range(count)
    )


hidden_reason = st.lists(
    st.builds(Explanation, st.just("signal"), st.floats(0, 1), st.floats(0, 1), words, st.just("operator")), max_size=2
)


@st.composite
def hidden_from_provider(draw: st.DrawFn, base: Facts) -> Facts:
    """Everything that the provider may not see before both have said yes, drawn anew."""
    assert base.need is not None
    return replace(
        base,
        seeker=replace(
            base.seeker,
            name=draw(words),
            standing=draw(st.sampled_from(Standing)),
            lifetime_value=draw(money),
            region=draw(words),
        ),
        provider=replace(base.provider, standing=draw(st.sampled_from(Standing))),
        need=replace(
            base.need, text=draw(words), budget=draw(money), known_at=NOW - timedelta(days=draw(st.integers(0, 9)))
        ),
        reasons=tuple(draw(hidden_reason)) + (draw(st.sampled_from([(), tuple(base.reasons)]))),
        signals=draw(signals()),
        consents=draw(ledgers()),
        competes=draw(st.booleans()),
        conflicts=draw(st.booleans()),
        introduction=replace(base.introduction, score=draw(st.floats(0, 1)), rank=draw(st.integers(1, 9))),
    )


@st.composite
def hidden_from_seeker(draw: st.DrawFn, base: Facts) -> Facts:
    reasons = list(base.reasons)
    for one in draw(hidden_reason):
        reasons.insert(draw(st.integers(0, len(reasons))), one)
    return replace(
        base,
        seeker=replace(base.seeker, standing=draw(st.sampled_from(Standing)), lifetime_value=draw(money)),
        provider=replace(
            base.provider,
            name=draw(words),
            standing=draw(st.sampled_from(Standing)),
            lifetime_value=draw(money),
            open_slots=draw(st.none() | st.integers(0, 9)),
        ),
        reasons=tuple(reasons),
        signals=draw(signals()),
        consents=draw(ledgers()),
        competes=draw(st.booleans()),
        conflicts=draw(st.booleans()),
        introduction=replace(base.introduction, score=draw(st.floats(0, 1)), rank=draw(st.integers(1, 9))),
    )


def rendered(made: Facts, viewer: Viewer) -> bytes:
    return repr(view(made, viewer)).encode()


@settings(max_examples=1_500, deadline=None)
@given(st.data(), st.sampled_from(BEFORE), st.booleans())
def test_what_the_provider_may_not_see_changes_nothing_of_what_it_sees(
    data: st.DataObject, status: IntroductionStatus, confidential: bool
) -> None:
    base = facts()
    assert base.need is not None
    base = replace(
        base,
        introduction=replace(base.introduction, status=status),
        need=replace(base.need, confidential=confidential),
    )
    other = data.draw(hidden_from_provider(base))
    assert rendered(other, Viewer.PROVIDER) == rendered(base, Viewer.PROVIDER)


@settings(max_examples=1_500, deadline=None)
@given(st.data(), st.sampled_from(BEFORE))
def test_what_the_seeker_may_not_see_changes_nothing_of_what_it_sees(
    data: st.DataObject, status: IntroductionStatus
) -> None:
    base = replace(facts(), introduction=replace(facts().introduction, status=status))
    other = data.draw(hidden_from_seeker(base))
    assert rendered(other, Viewer.SEEKER) == rendered(base, Viewer.SEEKER)


@pytest.mark.parametrize("viewer", [Viewer.SEEKER, Viewer.PROVIDER])
def test_a_party_learns_the_other_ones_name_only_when_both_have_said_yes(viewer: Viewer) -> None:
    other = "Provider Ltd" if viewer is Viewer.SEEKER else "Seeker & Sons"
    made = facts()
    assert other not in repr(view(made, viewer))
    met = replace(made, introduction=replace(made.introduction, status=IntroductionStatus.INTRODUCED))
    assert other in repr(view(met, viewer))
    assert "Who it is" not in repr(view(met, viewer))


def test_the_provider_never_reads_the_seekers_words_and_of_a_confidential_need_not_its_kind() -> None:
    made = facts()
    assert made.need is not None
    for status in IntroductionStatus:
        moved = replace(made, introduction=replace(made.introduction, status=status))
        assert "second floor" not in repr(view(moved, Viewer.PROVIDER))
    secret = replace(made, need=replace(made.need, confidential=True))
    assert "Construction" in repr(view(made, Viewer.PROVIDER))
    assert "Construction" not in repr(view(secret, Viewer.PROVIDER))
    assert "What kind of work it is." in view(secret, Viewer.PROVIDER).not_known


def test_staff_sees_everything_and_every_piece_has_an_owner_and_a_use() -> None:
    made = facts(
        signals=(Signal("sig_1", "cus_s", "likes watches", "note", "crm", NOW),), competes=True, conflicts=True
    )
    every = list(evidence(made))
    assert list(view(made, Viewer.AUDITOR).evidence) == every
    assert all(one.owner and one.use and one.source and one.share >= STAFF for one in every)
    assert "likes watches" in repr(view(made, Viewer.MANAGER))
    for viewer in (Viewer.SEEKER, Viewer.PROVIDER):
        assert "watches" not in repr(view(made, viewer))
