"""Comments: nested by a materialised path, so that a thread is read in order by one index.

A path holds one segment for the comment and each of its ancestors: the comment's id in base 62,
22 characters that sort as the ids do. So siblings stand by age, every comment stands after its
parent and before its parent's next sibling, and two comments at once never want the same path.
"""

from collections.abc import Callable
from typing import Annotated, Self
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.content.contributions import Contribution
from sparkle_core.domain.content.errors import TooDeep
from sparkle_core.domain.content.events import (
    CommentDeleted,
    CommentEdited,
    CommentHidden,
    CommentPosted,
    CommentRestored,
)
from sparkle_core.domain.kernel.fields import Instant, Text, UserId, Whole
from sparkle_core.domain.kernel.stored import NOTHING_LEFT

MAX_DEPTH = 50
SEGMENT = 22

CommentText = Annotated[str, Text(1, 10_000, lines=True)]
Path = Annotated[str, Text(SEGMENT, SEGMENT * MAX_DEPTH)]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def segment_of(id: UUID) -> str:
    """An id as 22 letters and digits that sort as the ids do."""
    number, digits = id.int, ""
    for _ in range(SEGMENT):
        number, digit = divmod(number, len(_DIGITS))
        digits = _DIGITS[digit] + digits
    return digits


@frozen(kw_only=True)
class CommentOnPost(Contribution):
    """A comment of 1 to 10,000 characters of plain text; `depth` is 1 under the post itself, 50 at most.

    A deleted one keeps its place in the thread and shows nothing.
    """

    post_id: UUID
    parent_id: UUID | None
    path: Path
    depth: Annotated[int, Whole(1, MAX_DEPTH)]
    text: CommentText

    @classmethod
    def written(
        cls,
        *,
        id: UUID,
        author_id: UserId,
        post_id: UUID,
        parent: "CommentOnPost | None",
        text: str,
        now: Instant,
        depth_limit: int = MAX_DEPTH,
    ) -> Self:
        """A new comment, under the post or another comment, that nobody else sees until it is `shown`.

        Raises `TooDeep`.
        """
        depth = parent.depth + 1 if parent else 1
        if depth > depth_limit:
            raise TooDeep(depth_limit)
        return cls(
            id=id,
            author_id=author_id,
            post_id=post_id,
            parent_id=parent.id if parent else None,
            path=(parent.path if parent else "") + segment_of(id),
            depth=depth,
            text=text,
            created_at=now,
        )

    def in_thread_for(self, viewer: UUID | None, *, moderator: bool) -> bool:
        """Whether it has a place in the thread: once everybody could see it, it keeps one, if only as an empty mark."""
        return self.published_at is not None or self.seen_by(viewer, moderator=moderator)

    def edited(self, text: str, now: Instant) -> Self:
        """With another text; this itself when it is the same."""
        if text == self.text:
            return self
        event = CommentEdited(comment_id=self.id, post_id=self.post_id, author_id=self.author_id)
        return self.then(event, text=text, edited_at=now)

    def reworded(self, change: Callable[[str], str]) -> Self:
        """With its text changed, as a censor asks for."""
        return evolve(self, text=change(self.text))

    def _blank(self) -> Self:
        return evolve(self, text=NOTHING_LEFT)

    def _published(self) -> CommentPosted:
        return CommentPosted(
            comment_id=self.id, post_id=self.post_id, parent_id=self.parent_id, author_id=self.author_id
        )

    def _hidden(self, was_visible: bool) -> CommentHidden:
        return CommentHidden(
            comment_id=self.id, post_id=self.post_id, author_id=self.author_id, was_visible=was_visible
        )

    def _restored(self) -> CommentRestored:
        return CommentRestored(comment_id=self.id, post_id=self.post_id, author_id=self.author_id)

    def _deleted(self, by: UserId | None, was_visible: bool) -> CommentDeleted:
        return CommentDeleted(
            comment_id=self.id,
            post_id=self.post_id,
            author_id=self.author_id,
            deleted_by=by,
            was_visible=was_visible,
        )
