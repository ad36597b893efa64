"""What others did about a person, for their reputation and how far they are trusted.

Likes are counted where they are given, so as to cost nothing more.
"""

from collections.abc import Iterable
from typing import Any

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.progression import (
    AssessTrust,
    CountDeed,
    CountVerdict,
)
from sparkle_core.domain.content import events as content
from sparkle_core.domain.moderation.events import (
    DecisionMade,
    DecisionOverturned,
)
from sparkle_core.domain.progression import (
    Deed,
    StreakContinued,
    TrustGraceSent,
)

Commands = Iterable[Command[Any]]


def _answering(event: content.AnswerAccepted | content.AnswerWithdrawn, *, taken_back: bool) -> Commands:
    if event.answerer_id == event.author_id:
        return []
    return [CountDeed(user_id=event.answerer_id, deed=Deed.ANSWER_ACCEPTED, taken_back=taken_back)]


CONDUCT = (
    Reaction(content.AnswerAccepted, lambda e, _: _answering(e, taken_back=False)),
    Reaction(content.AnswerWithdrawn, lambda e, _: _answering(e, taken_back=True)),
    Reaction(DecisionMade, lambda e, _: [CountVerdict(decision_id=e.decision_id)]),
    Reaction(DecisionOverturned, lambda e, _: [CountVerdict(decision_id=e.decision_id, overturned=True)]),
)

TRUST = (
    Reaction(StreakContinued, lambda e, _: [AssessTrust(user_id=e.user_id)]),
    Reaction(TrustGraceSent, lambda e, _: [AssessTrust(user_id=e.user_id, grace=e.since)]),
    Reaction(DecisionMade, lambda e, _: [AssessTrust(user_id=e.subject_id)]),
    Reaction(DecisionOverturned, lambda e, _: [AssessTrust(user_id=e.subject_id)]),
)
"""Trust is judged once a day for whoever comes, and after a decision about them, once that was counted."""
