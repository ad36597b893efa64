"""What is counted of people, for achievements and quests."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.progression import (
    Count,
    UnlockDue,
)
from sparkle_core.domain.content import events as content
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.economy.events import TipSent
from sparkle_core.domain.economy.store_events import PurchaseMade, PurchaseRefunded
from sparkle_core.domain.economy.trading_events import (
    OfferAccepted,
)
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import (
    UserId,
)
from sparkle_core.domain.progression import (
    CounterName,
    LevelMarkReached,
)

Commands = Iterable[Command[Any]]


def counted() -> tuple[Reaction, ...]:
    """What moves a person's counters, and what unlocks by them."""
    return (
        *_tallied(
            CounterName.POSTS_PUBLISHED,
            gains=(content.PostPublished, content.PostRestored),
            losses=(content.PostHidden, content.PostDeleted),
        ),
        *_tallied(
            CounterName.COMMENTS_POSTED,
            gains=(content.CommentPosted, content.CommentRestored),
            losses=(content.CommentHidden, content.CommentDeleted),
        ),
        Reaction(content.ReactionAdded, lambda e, _: _likes(e, taken_back=False)),
        Reaction(content.ReactionRemoved, lambda e, _: _likes(e, taken_back=True)),
        Reaction(content.AnswerAccepted, lambda e, _: _answers(e, taken_back=False)),
        Reaction(content.AnswerWithdrawn, lambda e, _: _answers(e, taken_back=True)),
        Reaction(
            TipSent, lambda e, _: [_one(e.sender, CounterName.TIPS_SENT), _one(e.recipient, CounterName.TIPS_RECEIVED)]
        ),
        Reaction(PurchaseMade, lambda e, _: [_one(e.buyer_id, CounterName.PURCHASES_MADE)]),
        Reaction(PurchaseRefunded, lambda e, _: [_one(e.buyer_id, CounterName.PURCHASES_MADE, taken_back=True)]),
        Reaction(
            OfferAccepted,
            lambda e, _: [_one(e.from_id, CounterName.TRADES_MADE), _one(e.to_id, CounterName.TRADES_MADE)],
        ),
        Reaction(LevelMarkReached, lambda e, _: [UnlockDue(user_id=e.user_id)]),
    )


def _one(user_id: UserId, counter: CounterName, *, taken_back: bool = False) -> Command[Any]:
    return Count(user_id=user_id, counter=counter, taken_back=taken_back)


def _tallied(
    counter: CounterName, *, gains: tuple[type[Event], ...], losses: tuple[type[Event], ...]
) -> tuple[Reaction, ...]:
    """How much of what somebody made can be seen by everybody."""

    def gain(event: Any, _: UUID) -> Commands:
        return [_one(event.author_id, counter)]

    def loss(event: Any, _: UUID) -> Commands:
        return [_one(event.author_id, counter, taken_back=True)] if event.was_visible else []

    return (*(Reaction(e, gain) for e in gains), *(Reaction(e, loss) for e in losses))


def _likes(event: content.ReactionAdded | content.ReactionRemoved, *, taken_back: bool) -> Commands:
    """A like counts for both, but not one's own."""
    if event.reaction != LIKE or event.user_id == event.author_id:
        return []
    received = _one(event.author_id, CounterName.LIKES_RECEIVED, taken_back=taken_back)
    return [received, _one(event.user_id, CounterName.LIKES_GIVEN, taken_back=taken_back)]


def _answers(event: content.AnswerAccepted | content.AnswerWithdrawn, *, taken_back: bool) -> Commands:
    if event.answerer_id == event.author_id:
        return []
    return [_one(event.answerer_id, CounterName.ANSWERS_ACCEPTED, taken_back=taken_back)]
