"""Reading posts and threads with their authors, as somebody sees them: one statement each on SQL."""

from typing import Protocol, Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.accounts.people import DELETED_NAME
from sparkle_core.domain.content import CommentOnPost, Post, PostKind
from sparkle_core.domain.kernel.fields import Record, UserId
from sparkle_core.ports.store import Records


@frozen(kw_only=True)
class AuthorView(Record):
    """Who wrote it. Somebody who left has no username, and the name that they chose to leave."""

    id: UserId
    username: str | None
    display_name: str

    @classmethod
    def of(cls, id: UserId, username: str, display_name: str, *, left: bool, keeps_name: bool) -> Self:
        """An author by what stands in a person's row."""
        name = display_name if keeps_name or not left else DELETED_NAME
        return cls(id=id, username=None if left else username, display_name=name)


@frozen(kw_only=True)
class Viewer:
    """Who is looking: nobody in particular, a person, perhaps a moderator."""

    id: UserId | None
    moderator: bool


@frozen
class SeenPost:
    """A post and who wrote it."""

    post: Post
    author: AuthorView


@frozen
class SeenComment:
    """A comment and who wrote it."""

    comment: CommentOnPost
    author: AuthorView


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
