"""What is told of posts and comments."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.content import COMMENTS_COUNTED, ENGAGEMENT, REACTIONS, Content, Moderation, PostKind
from sparkle_core.domain.kernel.fields import Instant, Record
from sparkle_core.ports.content import AuthorView, SeenComment, SeenPost, Viewer
from sparkle_core.ports.text import HtmlSanitizer


@frozen(kw_only=True)
class Reactions(Record):
    """How many reactions of each kind there are, and which are the viewer's own."""

    counts: dict[str, int]
    mine: tuple[str, ...]


@frozen(kw_only=True)
class PostSummary(Record):
    """A post in a list: its beginning, on one line of at most 300 characters, instead of its body.

    `moderation` is VISIBLE, but for the author and moderators, who see what is HELD or REMOVED too.
    """

    id: UUID
    version: int
    kind: PostKind
    title: str
    excerpt: str
    tags: tuple[str, ...]
    author: AuthorView
    moderation: Moderation
    created_at: Instant
    published_at: Instant | None
    edited_at: Instant | None
    comments: int
    reactions: Reactions
    accepted_answer_id: UUID | None


@frozen(kw_only=True)
class PostView(PostSummary):
    """A whole post: its content as it was written, and its body as HTML that is safe to show."""

    content: Content
    html: str


@frozen(kw_only=True)
class CommentView(Record):
    """A comment in its thread. Text and author are empty when it was deleted, or is hidden from the viewer."""

    id: UUID
    version: int
    post_id: UUID
    parent_id: UUID | None
    depth: int
    author: AuthorView | None
    text: str
    moderation: Moderation
    deleted: bool
    created_at: Instant
    edited_at: Instant | None
    accepted: bool
    reactions: Reactions


@frozen
class Numbers:
    """What is counted on some posts or comments, and which reactions are the viewer's own."""

    counts: Mapping[tuple[UUID, str], int]
    mine: frozenset[tuple[UUID, str]]

    def comments(self, id: UUID) -> int:
        return self.counts.get((id, COMMENTS_COUNTED), 0)

    def reactions(self, id: UUID) -> Reactions:
        """On one of them, by name."""
        counts = {kind: n for (on, kind), n in sorted(self.counts.items()) if on == id and kind != COMMENTS_COUNTED}
        return Reactions(counts=counts, mine=tuple(sorted(kind for on, kind in self.mine if on == id)))


async def numbers_on(work: Work, ids: Sequence[UUID]) -> Numbers:
    """The numbers on some posts or comments: two statements, one for nobody in particular."""
    if not ids:
        return Numbers({}, frozenset())
    viewer = work.actor.user_id
    mine = await work.store.has(REACTIONS, viewer, ids) if viewer else frozenset()
    return Numbers(await work.store.counts(ENGAGEMENT, ids), mine)


def summary_of(seen: SeenPost, numbers: Numbers) -> PostSummary:
    """A post for a list."""
    return PostSummary(**_told(seen, numbers))


def view_of(seen: SeenPost, numbers: Numbers, sanitizer: HtmlSanitizer) -> PostView:
    """A whole post. Its HTML is ours alone, and cleaned all the same: two locks on one door."""
    content = seen.post.content
    return PostView(**_told(seen, numbers), content=content, html=sanitizer.clean(content.body.to_html()))


def _told(seen: SeenPost, numbers: Numbers) -> dict[str, Any]:
    post = seen.post
    return {
        "id": post.id,
        "version": post.version,
        "kind": post.kind,
        "title": post.title,
        "excerpt": post.content.body.excerpt(),
        "tags": post.tags,
        "author": seen.author,
        "moderation": post.moderation,
        "created_at": post.created_at,
        "published_at": post.published_at,
        "edited_at": post.edited_at,
        "comments": numbers.comments(post.id),
        "reactions": numbers.reactions(post.id),
        "accepted_answer_id": post.accepted.comment_id if post.accepted else None,
    }


def comment_view(seen: SeenComment, numbers: Numbers, viewer: Viewer, accepted: UUID | None) -> CommentView:
    """A comment as the viewer sees it: an empty mark when they do not see it any more."""
    comment = seen.comment
    shows = comment.seen_by(viewer.id, moderator=viewer.moderator)
    return CommentView(
        id=comment.id,
        version=comment.version,
        post_id=comment.post_id,
        parent_id=comment.parent_id,
        depth=comment.depth,
        author=seen.author if shows else None,
        text=comment.text if shows else "",
        moderation=comment.moderation,
        deleted=comment.deleted_at is not None,
        created_at=comment.created_at,
        edited_at=comment.edited_at,
        accepted=comment.id == accepted,
        reactions=numbers.reactions(comment.id) if shows else Reactions(counts={}, mine=()),
    )
