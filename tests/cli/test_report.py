"""The report's documents and page."""

from datetime import UTC, datetime

from app.cli.report import Report, customer_ids, need_document, report_document, report_lines
from app.domain.chance import Estimate, Stage, chance
from app.domain.community import Community
from app.domain.suggestion import Blocked, Explanation, Reason, Suggestion, SuggestionSet
from app.domain.value import CustomerValue

WHY = Explanation("text_capability", 0.41, 0.5, "Both speak of lamps.", "capability")
CHANCE = chance(0.8, [Stage("accepted", 12, 20, None)], Estimate(0.43, 0.4, 0.46, 900))
ANSWER = SuggestionSet(
    need_id="need_1",
    text="Lamps for a bar",
    seeker_id="cus_1",
    suggestions=(Suggestion("cus_2", "Lamp House", 1, 0.8, (WHY,), CHANCE),),
    none_because=None,
    blocked=(Blocked("cus_3", (Reason("capacity", "It has no free capacity."),)),),
    blocked_by_consent=2,
    snapshot_at=datetime(2026, 1, 1, tzinfo=UTC),
    snapshot_watermark=7,
)
VALUE = CustomerValue("cus_2", "run_1", "USD", (100, 0, 0, 0, 0, 0, 0, 0, 0, 0), (50,) + (0,) * 9, 0, None, None)
REPORT = Report(
    [ANSWER],
    [Community("com_1", "run_1", 2, "lamps", 0.5, ("cus_1", "cus_2"))],
    [VALUE],
    {"cus_1": "A Bar", "cus_2": "Lamp House", "cus_3": "Busy Lamps"},
)


def test_a_need_is_written_exactly_as_promised():
    assert need_document(ANSWER) == {
        "id": "need_1",
        "text": "Lamps for a bar",
        "seeker_id": "cus_1",
        "suggestions": [
            {
                "customer_id": "cus_2",
                "name": "Lamp House",
                "rank": 1,
                "score": 0.8,
                "explanations": [
                    {
                        "feature": "text_capability",
                        "value": 0.41,
                        "sentence": "Both speak of lamps.",
                        "source": "capability",
                    }
                ],
            }
        ],
        "none_because": None,
        "blocked": [
            {"customer_id": "cus_3", "reasons": [{"code": "capacity", "sentence": "It has no free capacity."}]}
        ],
        "blocked_by_consent": 2,
    }


def test_the_report_has_needs_communities_and_values():
    document = report_document(REPORT)
    assert list(document) == ["needs", "communities", "values"]
    assert document["communities"][0]["member_ids"] == ["cus_1", "cus_2"]
    assert document["values"][0]["referral_value"] == {"amount": "1.00", "currency": "USD"}
    assert document["values"][0]["lifetime_value"] is None


def test_the_page_says_who_why_and_who_was_left_out():
    page = "\n".join(report_lines(REPORT))
    assert "1. Lamp House  (0.80, strong)" in page
    assert "Too little evidence for a chance: 12 of 20 offered introductions were accepted by both." in page
    assert "Of past needs, 43 % were met by a provider that stood out like this" in page
    assert "Both speak of lamps." in page
    assert "left out: Busy Lamps – It has no free capacity." in page
    assert "2 without consent" in page
    assert max(len(line) for line in page.splitlines()) <= 110


def test_names_are_asked_only_for_customers_that_the_page_names():
    assert customer_ids([ANSWER], [VALUE]) == ["cus_1", "cus_2", "cus_3"]
