"""XP for what others can see, and for what helps them.

What goes out of sight takes the XP along that its author had for making it; what others thought of it while they could
see it, such as their likes, stays.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.relay import Reaction
from sparkle_core.application.notifications import Tell
from sparkle_core.application.progression import (
    AwardXp,
    ReverseXp,
)
from sparkle_core.application.reactions.subjects import answer_of, like_of
from sparkle_core.domain.content import events as content
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import (
    UserId,
)
from sparkle_core.domain.kernel.ids import made_at
from sparkle_core.domain.notifications import (
    NotificationType,
)
from sparkle_core.domain.progression import (
    Awards,
)

Commands = Iterable[Command[Any]]


def earned(awards: Awards) -> tuple[Reaction, ...]:
    """What earns XP, and what takes it back."""
    return (
        *_earned(
            "post_published",
            awards.post_published,
            gains=(content.PostPublished, content.PostRestored),
            hidden=content.PostHidden,
            deleted=content.PostDeleted,
            subject=lambda e: str(e.post_id),
        ),
        *_earned(
            "comment_posted",
            awards.comment_posted,
            gains=(content.CommentPosted, content.CommentRestored),
            hidden=content.CommentHidden,
            deleted=content.CommentDeleted,
            subject=lambda e: str(e.comment_id),
        ),
        Reaction(content.ReactionAdded, lambda e, id: _liked(e, id, awards)),
        Reaction(content.ReactionRemoved, _unliked),
        Reaction(content.AnswerAccepted, lambda e, id: _helped(e, id, awards)),
        Reaction(content.AnswerWithdrawn, _unhelped),
    )


def _earned(
    source: str,
    amount: int,
    *,
    gains: tuple[type[Event], ...],
    hidden: type[Event],
    deleted: type[Event],
    subject: Callable[[Any], str],
) -> tuple[Reaction, ...]:
    """XP to an author while what they made can be seen by everybody."""

    def award(event: Any, id: UUID) -> Commands:
        return [_award(event.author_id, amount, source, subject(event), id)]

    def loss(*, makes_room: bool) -> Callable[[Any, UUID], Commands]:
        def take_back(event: Any, id: UUID) -> Commands:
            if not event.was_visible:
                return []
            return [_take_back(event.author_id, source, subject(event), id, makes_room=makes_room)]

        return take_back

    return (
        *(Reaction(e, award) for e in gains),
        Reaction(hidden, loss(makes_room=False)),  # moderators may be wrong, and then all of it comes back
        Reaction(deleted, loss(makes_room=True)),
    )


def _liked(event: content.ReactionAdded, id: UUID, awards: Awards) -> Commands:
    """A like earns its author XP, and the first one is told of; not from themselves."""
    if event.reaction != LIKE or event.user_id == event.author_id:
        return []
    facts = {"post_id": str(event.post_id), "target_id": str(event.target_id), "user_id": str(event.user_id)}
    return [
        _award(event.author_id, awards.like_received, "like_received", like_of(event), id),
        Tell(user_id=event.author_id, type=NotificationType.POST_LIKED, subject=f"like:{event.target_id}", data=facts),
    ]


def _unliked(event: content.ReactionRemoved, id: UUID) -> Commands:
    if event.reaction != LIKE or event.user_id == event.author_id:
        return []
    return [_take_back(event.author_id, "like_received", like_of(event), id)]


def _helped(event: content.AnswerAccepted, id: UUID, awards: Awards) -> Commands:
    """An accepted answer earns XP, but not to one's own question."""
    if event.answerer_id == event.author_id:
        return []
    return [_award(event.answerer_id, awards.answer_accepted, "answer_accepted", answer_of(event), id)]


def _unhelped(event: content.AnswerWithdrawn, id: UUID) -> Commands:
    if event.answerer_id == event.author_id:
        return []
    return [_take_back(event.answerer_id, "answer_accepted", answer_of(event), id)]


def _award(user_id: UserId, amount: int, source: str, subject: str, id: UUID) -> Command[Any]:
    return AwardXp(user_id=user_id, amount=amount, source=source, subject=subject, at=made_at(id))


def _take_back(user_id: UserId, source: str, subject: str, id: UUID, *, makes_room: bool = True) -> Command[Any]:
    return ReverseXp(user_id=user_id, source=source, subject=subject, at=made_at(id), makes_room=makes_room)
