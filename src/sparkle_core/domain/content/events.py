"""What happened to posts, comments and reactions: ids only.

`…Published` and `…Posted` say that everybody can see it for the first time, `…Hidden` that
moderators or screening took it out of sight, `…Restored` that it is back. `was_visible` tells
whether everybody could see it until then.
"""

from typing import ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class PostPublished(Event):
    """A post can be seen by everybody for the first time."""

    topic: ClassVar[str] = "content.post_published"
    about: ClassVar[str] = "post_id"
    post_id: UUID
    author_id: UserId
    kind: str


@frozen(kw_only=True)
class PostEdited(Event):
    """An author changed their post."""

    topic: ClassVar[str] = "content.post_edited"
    about: ClassVar[str] = "post_id"
    post_id: UUID
    author_id: UserId


@frozen(kw_only=True)
class PostHidden(Event):
    """A post was taken out of sight, by moderators or because screening held an edit."""

    topic: ClassVar[str] = "content.post_hidden"
    about: ClassVar[str] = "post_id"
    post_id: UUID
    author_id: UserId
    was_visible: bool


@frozen(kw_only=True)
class PostRestored(Event):
    """A hidden post is back in sight."""

    topic: ClassVar[str] = "content.post_restored"
    about: ClassVar[str] = "post_id"
    post_id: UUID
    author_id: UserId


@frozen(kw_only=True)
class PostDeleted(Event):
    """A post was deleted, by its author or a moderator; `deleted_by` None is the system."""

    topic: ClassVar[str] = "content.post_deleted"
    about: ClassVar[str] = "post_id"
    post_id: UUID
    author_id: UserId
    deleted_by: UserId | None
    was_visible: bool


@frozen(kw_only=True)
class AnswerAccepted(Event):
    """The author of a question accepted a comment as its answer."""

    topic: ClassVar[str] = "content.answer_accepted"
    about: ClassVar[str] = "post_id"
    post_id: UUID
    author_id: UserId
    comment_id: UUID
    answerer_id: UserId


@frozen(kw_only=True)
class AnswerWithdrawn(Event):
    """A comment is no longer the accepted answer: another one is, none, or it was deleted."""

    topic: ClassVar[str] = "content.answer_withdrawn"
    about: ClassVar[str] = "post_id"
    post_id: UUID
    author_id: UserId
    comment_id: UUID
    answerer_id: UserId


@frozen(kw_only=True)
class CommentPosted(Event):
    """A comment can be seen by everybody for the first time."""

    topic: ClassVar[str] = "content.comment_posted"
    about: ClassVar[str] = "comment_id"
    comment_id: UUID
    post_id: UUID
    parent_id: UUID | None
    author_id: UserId


@frozen(kw_only=True)
class CommentEdited(Event):
    """An author changed their comment."""

    topic: ClassVar[str] = "content.comment_edited"
    about: ClassVar[str] = "comment_id"
    comment_id: UUID
    post_id: UUID
    author_id: UserId


@frozen(kw_only=True)
class CommentHidden(Event):
    """A comment was taken out of sight, by moderators or because screening held an edit."""

    topic: ClassVar[str] = "content.comment_hidden"
    about: ClassVar[str] = "comment_id"
    comment_id: UUID
    post_id: UUID
    author_id: UserId
    was_visible: bool


@frozen(kw_only=True)
class CommentRestored(Event):
    """A hidden comment is back in sight."""

    topic: ClassVar[str] = "content.comment_restored"
    about: ClassVar[str] = "comment_id"
    comment_id: UUID
    post_id: UUID
    author_id: UserId


@frozen(kw_only=True)
class CommentDeleted(Event):
    """A comment was deleted, by its author or a moderator; `deleted_by` None is the system."""

    topic: ClassVar[str] = "content.comment_deleted"
    about: ClassVar[str] = "comment_id"
    comment_id: UUID
    post_id: UUID
    author_id: UserId
    deleted_by: UserId | None
    was_visible: bool


@frozen(kw_only=True)
class ReactionAdded(Event):
    """Somebody reacted to a post (then both ids are one) or to a comment on it; perhaps to their own."""

    topic: ClassVar[str] = "content.reaction_added"
    about: ClassVar[str] = "target_id"
    target_id: UUID
    post_id: UUID
    author_id: UserId
    user_id: UserId
    reaction: str


@frozen(kw_only=True)
class ReactionRemoved(Event):
    """Somebody took a reaction back."""

    topic: ClassVar[str] = "content.reaction_removed"
    about: ClassVar[str] = "target_id"
    target_id: UUID
    post_id: UUID
    author_id: UserId
    user_id: UserId
    reaction: str


EVENTS = (
    PostPublished,
    PostEdited,
    PostHidden,
    PostRestored,
    PostDeleted,
    AnswerAccepted,
    AnswerWithdrawn,
    CommentPosted,
    CommentEdited,
    CommentHidden,
    CommentRestored,
    CommentDeleted,
    ReactionAdded,
    ReactionRemoved,
)
