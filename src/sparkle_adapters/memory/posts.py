"""Reading posts and threads as somebody sees them, in memory."""

from collections.abc import Iterable
from uuid import UUID

from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.content import COMMENTS, POSTS, TAG, TAGGED, CommentOnPost, Moderation, Post, PostKind
from sparkle_core.domain.content.contributions import Contribution
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, PAGE_MAX, Clause, Order, eq, gt
from sparkle_core.ports.content import AuthorView, SeenComment, SeenPost, Viewer
from sparkle_core.ports.store import Records

_BY_PATH = Order("path")


class MemoryPosts:
    """The `PostReader` port over any `Records`; SQL has one that joins."""

    async def post(self, records: Records, id: UUID, viewer: Viewer) -> SeenPost | None:
        post = await records.get(POSTS, id)
        if post is None or not post.seen_by(viewer.id, moderator=viewer.moderator):
            return None
        return SeenPost(post, (await _authors(records, [post]))[post.author_id])

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
        where = [eq("kind", kind)] if kind else []
        where += [eq("author_id", author_id)] if author_id else []
        tagged = await _tagged(records, tag) if tag is not None else None
        shown: list[Post] = []
        while len(shown) < limit:
            after = (before, before) if before else None
            page = await records.find(POSTS, *where, order=NEWEST_FIRST, after=after)
            shown += [p for p in page if _listed(p, viewer) and (tagged is None or p.id in tagged)]
            if len(page) < PAGE_MAX:
                break
            before = page[-1].id
        authors = await _authors(records, shown[:limit])
        return [SeenPost(p, authors[p.author_id]) for p in shown[:limit]]

    async def thread(
        self, records: Records, post_id: UUID, viewer: Viewer, *, after: str | None, limit: int
    ) -> list[SeenComment]:
        shown: list[CommentOnPost] = []
        while len(shown) < limit:
            where: list[Clause] = [eq("post_id", post_id), *([gt("path", after)] if after else [])]
            page = await records.find(COMMENTS, *where, order=_BY_PATH, deleted=True)
            shown += [c for c in page if c.in_thread_for(viewer.id, moderator=viewer.moderator)]
            if len(page) < PAGE_MAX:
                break
            after = page[-1].path
        authors = await _authors(records, shown[:limit])
        return [SeenComment(c, authors[c.author_id]) for c in shown[:limit]]


def _listed(post: Post, viewer: Viewer) -> bool:
    return post.moderation is not Moderation.REMOVED and post.seen_by(viewer.id, moderator=viewer.moderator)


async def _tagged(records: Records, tag: str) -> set[UUID]:
    ids: list[UUID] = []
    while page := await records.sources(TAGGED, tag_id(tag), TAG, after=ids[-1] if ids else None):
        ids += [id for id, _ in page]
    return set(ids)


async def _authors(records: Records, things: Iterable[Contribution]) -> dict[UUID, AuthorView]:
    people = await records.get_many(PEOPLE, [t.author_id for t in things])
    return {
        p.id: AuthorView.of(
            p.id,
            p.username,
            p.display_name,
            left=p.deletion_requested_at is not None,
            keeps_name=p.keep_name,
        )
        for p in people.values()
    }
