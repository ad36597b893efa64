"""What is counted of people, for achievements and quests."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.progression import (
    Count,
    Reach,
    SeeGoal,
    TellOfGoal,
    UnlockDue,
)
from sparkle_core.application.reactions.subjects import answer_of, like_of
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
from sparkle_core.domain.kernel.ids import made_at
from sparkle_core.domain.progression import CounterName, LevelMarkReached, QuestClaimed, StreakContinued
from sparkle_core.domain.progression.quests import CommunityGoalAnnounced, CommunityGoalNeared, CommunityGoalReached

Commands = Iterable[Command[Any]]


def counted() -> tuple[Reaction, ...]:
    """What moves a person\'s counters, and what unlocks by them."""
    c = CounterName
    return (
        *_tallied(
            c.POSTS_PUBLISHED,
            gains=(content.PostPublished, content.PostRestored),
            losses=(content.PostHidden, content.PostDeleted),
            subject=lambda e: str(e.post_id),
        ),
        *_tallied(
            c.COMMENTS_POSTED,
            gains=(content.CommentPosted, content.CommentRestored),
            losses=(content.CommentHidden, content.CommentDeleted),
            subject=lambda e: str(e.comment_id),
        ),
        Reaction(content.ReactionAdded, lambda e, id: _likes(e, id, taken_back=False)),
        Reaction(content.ReactionRemoved, lambda e, id: _likes(e, id, taken_back=True)),
        Reaction(content.AnswerAccepted, lambda e, id: _answers(e, id, taken_back=False)),
        Reaction(content.AnswerWithdrawn, lambda e, id: _answers(e, id, taken_back=True)),
        Reaction(TipSent, lambda e, id: [_one(e.sender, c.TIPS_SENT, id), _one(e.recipient, c.TIPS_RECEIVED, id)]),
        Reaction(PurchaseMade, lambda e, id: [_one(e.buyer_id, c.PURCHASES_MADE, id, e.purchase_id)]),
        Reaction(
            PurchaseRefunded,
            lambda e, id: [_one(e.buyer_id, c.PURCHASES_MADE, id, e.purchase_id, taken_back=True)],
        ),
        Reaction(OfferAccepted, lambda e, id: [_one(who, c.TRADES_MADE, id) for who in (e.from_id, e.to_id)]),
        Reaction(StreakContinued, lambda e, _: [Reach(user_id=e.user_id, counter=c.STREAK_DAYS, number=e.days)]),
        Reaction(QuestClaimed, lambda e, id: [_one(e.user_id, c.QUESTS_CLAIMED, id)]),
        Reaction(LevelMarkReached, lambda e, _: [UnlockDue(user_id=e.user_id)]),
        Reaction(CommunityGoalNeared, lambda e, _: [SeeGoal(user_id=e.user_id, quest=e.what, period=e.period)]),
        Reaction(CommunityGoalReached, lambda e, _: [TellOfGoal(quest=e.what, period=e.period)]),
        Reaction(CommunityGoalAnnounced, lambda e, _: [TellOfGoal(quest=e.what, period=e.period, after=e.after)]),
    )


def _one(
    user_id: UserId, counter: CounterName, id: UUID, subject: object = None, *, taken_back: bool = False
) -> Command[Any]:
    """Something counts, at the instant in the event's id; without a `subject` that id tells it from others."""
    about = str(id if subject is None else subject)
    return Count(user_id=user_id, counter=counter, subject=about, at=made_at(id), taken_back=taken_back)


def _tallied(
    counter: CounterName,
    *,
    gains: tuple[type[Event], ...],
    losses: tuple[type[Event], ...],
    subject: Callable[[Any], str],
) -> tuple[Reaction, ...]:
    """How much of what somebody made can be seen by everybody."""

    def gain(event: Any, id: UUID) -> Commands:
        return [_one(event.author_id, counter, id, subject(event))]

    def loss(event: Any, id: UUID) -> Commands:
        return [_one(event.author_id, counter, id, subject(event), taken_back=True)] if event.was_visible else []

    return (*(Reaction(e, gain) for e in gains), *(Reaction(e, loss) for e in losses))


def _likes(event: content.ReactionAdded | content.ReactionRemoved, id: UUID, *, taken_back: bool) -> Commands:
    """A like counts for both, but not one's own."""
    if event.reaction != LIKE or event.user_id == event.author_id:
        return []
    return [
        _one(who, counter, id, like_of(event), taken_back=taken_back)
        for who, counter in ((event.author_id, CounterName.LIKES_RECEIVED), (event.user_id, CounterName.LIKES_GIVEN))
    ]


def _answers(event: content.AnswerAccepted | content.AnswerWithdrawn, id: UUID, *, taken_back: bool) -> Commands:
    if event.answerer_id == event.author_id:
        return []
    return [_one(event.answerer_id, CounterName.ANSWERS_ACCEPTED, id, answer_of(event), taken_back=taken_back)]
