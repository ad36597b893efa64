"""Reading posts and threads as somebody sees them: a page is at most three statements on SQL."""

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.content import CommentOnPost, Post, PostKind
from sparkle_core.domain.kernel.fields import Record, UserId
from sparkle_core.ports.store import Records

COMMENTS_COUNT = "comments"


@frozen(kw_only=True)
class AuthorView(Record):
    """Who wrote it. Somebody who left has no username, and the name that they chose to leave."""

    id: UserId
    username: str | None
    display_name: str


@frozen(kw_only=True)
class Viewer:
    """Who is looking: nobody in particular, a person, perhaps a moderator."""

    id: UserId | None
    moderator: bool


@frozen(kw_only=True)
class SeenPost:
    """A post with its author, the numbers on it by kind (`comments` and each reaction) and the viewer's reactions."""

    post: Post
    author: AuthorView
    counts: Mapping[str, int]
    mine: tuple[str, ...]


@frozen(kw_only=True)
class SeenComment:
    """A comment with its author, the numbers on it by reaction and the viewer's reactions."""

    comment: CommentOnPost
    author: AuthorView
    counts: Mapping[str, int]
    mine: tuple[str, ...]


class PostReader(Protocol):
    """Stateless; reads within the transaction whose records it is given."""

    async def post(self, records: Records, id: UUID, viewer: Viewer) -> SeenPost | None:
        """A post; None for one the viewer does not see."""
        ...

    async def latest(
        self,
        records: Records,
        viewer: Viewer,
        *,
        kind: PostKind | None,
        author_id: UserId | None,
        tag: str | None,
        before: UUID | None,
        limit: int,
    ) -> list[SeenPost]:
        """Posts by id, newest first, from before an id on: those everybody sees, and held ones the viewer sees."""
        ...

    async def thread(
        self, records: Records, post_id: UUID, viewer: Viewer, *, after: str | None, limit: int
    ) -> list[SeenComment]:
        """A post's comments in the order of their paths, from after a path on.

        With those deleted, held or removed since everybody could see them: they keep their place.
        """
        ...
