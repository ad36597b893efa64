"""What counts on leaderboards, at the instant of its event; and who shows on them."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.leaderboards import CountPoints, CountScore, ShowOnBoards, TakeSeat
from sparkle_core.domain.accounts.events import (
    DeletionCancelled,
    EmailVerified,
    SanctionLifted,
    UserDeleted,
    UserSanctioned,
)
from sparkle_core.domain.content import events as content
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.economy.events import PointsIssued, TransferReversed
from sparkle_core.domain.kernel.ids import made_at
from sparkle_core.domain.leaderboards import Metric, ShowingSent
from sparkle_core.domain.leaderboards.leagues import SeatSent
from sparkle_core.domain.progression import (
    XpAwarded,
    XpReversed,
)

Commands = Iterable[Command[Any]]


def scored() -> tuple[Reaction, ...]:
    """What moves scores: XP, likes and points; and what hides people or shows them again."""

    def xp(event: XpAwarded | XpReversed, id: UUID) -> Commands:
        return [CountScore(user_id=event.user_id, metric=Metric.XP, by=event.amount, at=event.at or made_at(id))]

    def likes(by: int) -> Callable[[Any, UUID], Commands]:
        def like(event: content.ReactionAdded | content.ReactionRemoved, id: UUID) -> Commands:
            if event.reaction != LIKE or event.user_id == event.author_id:
                return []
            return [CountScore(user_id=event.author_id, metric=Metric.LIKES, by=by, at=made_at(id))]

        return like

    def points(sign: int) -> Callable[[Any, UUID], Commands]:
        def paid(event: PointsIssued | TransferReversed, id: UUID) -> Commands:
            by, at = sign * event.amount, made_at(id)
            return [CountPoints(namespace=event.namespace, key=event.key, by=by, at=at)]

        return paid

    return (
        Reaction(XpAwarded, xp),
        Reaction(XpAwarded, lambda e, id: [TakeSeat(user_id=e.user_id, at=e.at or made_at(id))]),
        Reaction(SeatSent, lambda e, _: [TakeSeat(user_id=e.user_id, at=e.at)]),
        Reaction(XpReversed, xp),
        Reaction(content.ReactionAdded, likes(1)),
        Reaction(content.ReactionRemoved, likes(-1)),
        Reaction(PointsIssued, points(1)),
        Reaction(TransferReversed, points(-1)),
        *(Reaction(e, lambda e, _: [ShowOnBoards(user_id=e.user_id)]) for e in (UserSanctioned, SanctionLifted)),
        *(Reaction(e, lambda e, _: [ShowOnBoards(user_id=e.user_id)]) for e in (UserDeleted, DeletionCancelled)),
        *(Reaction(e, lambda e, _: [ShowOnBoards(user_id=e.user_id)]) for e in (EmailVerified, ShowingSent)),
    )
