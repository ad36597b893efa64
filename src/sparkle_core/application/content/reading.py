"""Reading posts and threads."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.content.views import (
    CommentView,
    PostSummary,
    PostView,
    comment_view,
    numbers_on,
    summary_of,
    view_of,
)
from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.content import see_post, viewer_of
from sparkle_core.domain.content import PostKind
from sparkle_core.domain.content.tags import Tag, tag_of
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.ports.content import PostReader
from sparkle_core.ports.text import HtmlSanitizer


@frozen(kw_only=True)
class PostById(Query[PostView]):
    """A whole post. Raises `NotFound`, also for one that is held, removed or deleted.

    Its author and moderators see what is held or removed.
    """

    post_id: UUID


@frozen(kw_only=True)
class LatestPosts(Query[Page[PostSummary]]):
    """Posts, newest first; all of them, or those of a kind, by an author, with a tag.

    With those that are held, for their author and for moderators.
    """

    kind: PostKind | None = None
    author_id: UserId | None = None
    tag: Tag | None = None
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class CommentsOf(Query[Page[CommentView]]):
    """A post's thread: every comment after the one it replies to, siblings oldest first. Raises `NotFound`.

    `depth` is 1 under the post. What was deleted or removed keeps its place, without text and author.
    """

    post_id: UUID
    after: Cursor | None = None
    limit: Limit = 20


async def post_by_id(query: PostById, work: Work, *, reader: PostReader, sanitizer: HtmlSanitizer) -> PostView:
    seen = found(await reader.post(work.store, query.post_id, viewer_of(work)), "post")
    return view_of(seen, await numbers_on(work, [seen.post.id]), sanitizer)


async def latest_posts(query: LatestPosts, work: Work, *, reader: PostReader) -> Page[PostSummary]:
    tag = tag_of(query.tag) if query.tag is not None else None
    if tag == "":
        raise Invalid.at("tag", "must have letters or digits")
    scope = (query.kind, query.author_id, tag)
    place = position_of(query.after, "posts", scope, (UUID,))
    seen = await reader.latest(
        work.store,
        viewer_of(work),
        kind=query.kind,
        author_id=query.author_id,
        tag=tag,
        before=place[0] if place else None,
        limit=query.limit + 1,
    )
    page = page_of(seen, query.limit, "posts", scope, lambda s: (s.post.id,))
    numbers = await numbers_on(work, [s.post.id for s in page.items])
    return Page(tuple(summary_of(s, numbers) for s in page.items), page.next)


async def comments_of(query: CommentsOf, work: Work, *, reader: PostReader) -> Page[CommentView]:
    post = await see_post(work, query.post_id)
    place = position_of(query.after, "thread", (post.id,), (str,))
    viewer = viewer_of(work)
    seen = await reader.thread(work.store, post.id, viewer, after=place[0] if place else None, limit=query.limit + 1)
    page = page_of(seen, query.limit, "thread", (post.id,), lambda s: (s.comment.path,))
    numbers = await numbers_on(work, [s.comment.id for s in page.items])
    accepted = post.accepted.comment_id if post.accepted else None
    return Page(tuple(comment_view(s, numbers, viewer, accepted) for s in page.items), page.next)
