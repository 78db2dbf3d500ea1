"""How far the operator vouches for a customer: the ladder, and the fixed wording that both sides read."""

WORDING = (
    "We know this customer by name; we have checked nothing about it.",
    "We have checked who this customer is.",
    "We have checked who this customer is, and its licences and standing.",
    "We have checked this customer, and introductions of ours have gone well for others.",
    "We have checked this customer, and a named officer of ours vouches for it.",
)
"""Of V0 listed, V1 identity, V2 vetted, V3 proven by outcomes here, V4 vouched. Locked: no template changes them."""


DISCLOSURE = "Nobody pays us for this introduction."


def vouched(level: int, most: int) -> str:
    """`most`: how far the policy lets the operator go."""
    return WORDING[max(0, min(level, most, len(WORDING) - 1))]
