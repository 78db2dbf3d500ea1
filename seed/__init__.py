"""Demo data: the ten named customers of the stories, and portfolios of any size that look like an operator's own."""

from seed.peers import peers_story
from seed.portfolio import Portfolio, combined
from seed.ring import ring_story
from seed.story import STORY_NEEDS, story
from seed.synthetic import synthetic, synthetic_batches
from seed.vague import vague_story

DEMO_CUSTOMERS = 300  # around the stories: enough for communities, small enough for a report within 10 s


def demo() -> Portfolio:
    """What `icrm demo` loads: the stories within a synthetic portfolio; the same bytes every time."""
    return combined(story(), synthetic(DEMO_CUSTOMERS, seed=0))


__all__ = [
    "DEMO_CUSTOMERS", "STORY_NEEDS", "Portfolio", "combined", "demo", "peers_story", "ring_story", "story",
    "synthetic", "synthetic_batches", "vague_story",
]  # fmt: skip
