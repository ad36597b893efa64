"""What others did about a person, for their reputation.

Likes are counted where they are given, so as to cost nothing more.
"""

from collections.abc import Iterable
from typing import Any

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.progression import (
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
