"""Seeing and saving posts and comments: who sees what is decided here, and the numbers on them are kept."""

from collections.abc import Iterable
from uuid import UUID

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.statistics import tally
from sparkle_core.domain.content import COMMENTS, COMMENTS_COUNTED, ENGAGEMENT, POSTS, TAG, TAGGED, CommentOnPost, Post
from sparkle_core.domain.content.contributions import Contribution
from sparkle_core.domain.content.tags import tag_id
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.ports.content import Viewer


def viewer_of(work: Work) -> Viewer:
    """Who is looking."""
    moderator = work.standing is not None and work.standing.may(Permission.MODERATE)
    return Viewer(id=work.actor.user_id, moderator=moderator)


def _seen(work: Work, thing: Contribution) -> bool:
    viewer = viewer_of(work)
    return thing.seen_by(viewer.id, moderator=viewer.moderator)


async def see_post(work: Work, id: UUID) -> Post:
    """A post that the caller sees. Raises `NotFound`."""
    post = found(await work.store.get(POSTS, id), "post")
    if not _seen(work, post):
        raise NotFound("post")
    return post


async def shown_posts(work: Work, author: UserId, ids: Iterable[UUID]) -> frozenset[UUID]:
    """Those of some posts that are an author's and that everybody sees."""
    posts = await work.store.get_many(POSTS, ids)
    return frozenset(post.id for post in posts.values() if post.author_id == author and post.visible)


async def see_comment(work: Work, id: UUID) -> tuple[CommentOnPost, Post]:
    """A comment that the caller sees, on a post that they see too. Raises `NotFound`."""
    comment = found(await work.store.get(COMMENTS, id), "comment")
    if not _seen(work, comment):
        raise NotFound("comment")
    return comment, await see_post(work, comment.post_id)


async def see_target(work: Work, id: UUID) -> tuple[Post | CommentOnPost, UUID]:
    """A post or comment that the caller sees, and the id of its post.

    Raises `NotFound` in the same words for both, so that what is hidden cannot be told from what is not there.
    """
    try:
        if await work.store.get(POSTS, id) is not None:
            return await see_post(work, id), id
        comment, post = await see_comment(work, id)
    except NotFound:
        raise NotFound("post or comment") from None
    return comment, post.id


async def save_post(work: Work, before: Post | None, after: Post) -> Post:
    """Save a post, with its tags and its author's number of posts; one that did not change is left alone."""
    if after is before:
        return after
    if change := _into_sight(before, after):
        tally(work, after.author_id, "posts", change)
    old, new = before.tags if before else (), after.tags
    for tag in old:
        if tag not in new:
            await work.store.remove(TAGGED, after.id, tag_id(tag), TAG)
    for tag in new:
        if tag not in old:
            await work.store.add(TAGGED, after.id, tag_id(tag), TAG, work.now)
    return work.save(POSTS, after)


def save_comment(work: Work, before: CommentOnPost | None, after: CommentOnPost) -> CommentOnPost:
    """Save a comment, with its post's number of comments; one that did not change is left alone."""
    if after is before:
        return after
    if change := _into_sight(before, after):
        work.store.bump(ENGAGEMENT, after.post_id, COMMENTS_COUNTED, change)
    return work.save(COMMENTS, after)


def _into_sight(before: Contribution | None, after: Contribution) -> int:
    """1 for what everybody sees now and did not before, -1 for what went out of sight, else 0."""
    return int(after.visible) - int(before is not None and before.visible)


async def tell_of(work: Work, comment: CommentOnPost, post: Post, parent: CommentOnPost | None) -> None:
    """Tell the one replied to, or else the post's author, of a comment that everybody can see; nobody of their own."""
    if not comment.visible:
        return
    told, type = post.author_id, NotificationType.POST_COMMENTED
    if parent is not None:
        told, type = parent.author_id, NotificationType.COMMENT_REPLIED
    if told != comment.author_id:
        data = {"post_id": str(post.id), "comment_id": str(comment.id), "user_id": str(comment.author_id)}
        await notify(work, told, type, f"comment:{comment.id}", data, fresh=True)
