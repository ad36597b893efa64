"""Reputation: what others did about a person, weighed. Source: docs/contexts/progression.md."""

from collections.abc import Mapping
from enum import Enum

from sparkle_core.domain.kernel.stored import Counter
from sparkle_core.domain.progression.rules import ReputationWeights


class Deed(Enum):
    """What others did that is counted of a person's conduct; likes are counted with the profile's numbers."""

    ANSWER_ACCEPTED = "answer_accepted"
    REPORT_UPHELD = "report_upheld"


VISIT = "visit"
"""Beside deeds, the days on which somebody came are counted."""

CONDUCT = Counter("conduct")
"""By person: how many of each deed stand, those taken back not among them, and how many days they visited."""


def balance_of(likes: int, deeds: Mapping[str, int], weights: ReputationWeights) -> int:
    """Likes and deeds weighed; below 0 where more speaks against somebody than for them."""
    return (
        likes * weights.like_received
        + deeds.get(Deed.ANSWER_ACCEPTED.value, 0) * weights.answer_accepted
        + deeds.get(Deed.REPORT_UPHELD.value, 0) * weights.report_upheld
    )


def score_of(balance: int) -> int:
    """What is shown of a balance: nothing below 0."""
    return max(balance, 0)
