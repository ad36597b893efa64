"""Writing posts."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work, at_version
from sparkle_core.application.shared.content import save_post, see_comment, see_post, viewer_of
from sparkle_core.application.shared.screening import Screener, open_case_for, screen
from sparkle_core.domain.content import CommentOnPost, Content, Moderation, Post
from sparkle_core.domain.content.posts import Title
from sparkle_core.domain.content.tags import GivenTags, tags_of
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.moderation.targets import Scope, TargetType


@frozen(kw_only=True)
class Saved(Record):
    """What was written: its id, its version for the next edit, and whether screening holds it for moderators."""

    id: UUID
    version: int
    moderation: Moderation


def saved(thing: Post | CommentOnPost) -> Saved:
    """What is answered of something written."""
    return Saved(id=thing.id, version=thing.version, moderation=thing.moderation)


@frozen(kw_only=True)
class PublishPost(Command[Saved]):
    """Publish an ARTICLE, a DISCUSSION or a QUESTION, with at most 10 tags.

    What the community's rules hold is seen by its author and by moderators until these decide. Raises
    `ContentBlocked`.
    """

    title: Title
    content: Content
    tags: GivenTags = ()


@frozen(kw_only=True)
class EditPost(Command[Saved]):
    """Change one's own post; what is left out stays. Its kind never changes.

    Raises `NotFound`, `Forbidden`, `ContentRemoved`, `ContentBlocked`, and `VersionMismatch` when
    `expected_version` is given and it was changed in between.
    """

    post_id: UUID
    title: Title | None = None
    content: Content | None = None
    tags: GivenTags | None = None
    expected_version: int | None = None


@frozen(kw_only=True)
class DeletePost(Command[None]):
    """Delete a post: one's own, or anybody's as a moderator. It is kept out of sight, with who and when.

    Raises `NotFound`, `Forbidden`, `VersionMismatch`.
    """

    post_id: UUID
    expected_version: int | None = None


@frozen(kw_only=True)
class AcceptAnswer(Command[Saved]):
    """Accept a comment as the answer to one's own QUESTION, in place of an earlier one; without a comment, none.

    Raises `NotFound`, `Forbidden`, `NotAQuestion`, `NotOpen`, `VersionMismatch`.
    """

    post_id: UUID
    comment_id: UUID | None = None
    expected_version: int | None = None


async def publish_post(cmd: PublishPost, work: Work, *, screener: Screener) -> Saved:
    post = Post.written(
        id=work.new_id(),
        author_id=work.user_id,
        title=cmd.title,
        content=cmd.content,
        tags=tags_of(cmd.tags),
        now=work.now,
    )
    screening = await screen(work, screener, Scope.POST, post.text)
    post = post.reworded(screening.censored)
    stored = await save_post(work, None, post if screening.held else post.shown(work.now))
    await open_case_for(work, screening, TargetType.POST, stored.id)
    return saved(stored)


async def edit_post(cmd: EditPost, work: Work, *, screener: Screener) -> Saved:
    if cmd.title is None and cmd.content is None and cmd.tags is None:
        raise Invalid.at("$", "must change something: title, content or tags")
    post = await see_post(work, cmd.post_id)
    post = at_version(post.editable_by(work.user_id), cmd.expected_version)
    tags = tags_of(cmd.tags) if cmd.tags is not None else None
    edited = post.edited(cmd.title, cmd.content, tags, work.now)
    if edited is post:
        return saved(post)
    screening = await screen(work, screener, Scope.POST, edited.text)
    edited = edited.reworded(screening.censored)
    stored = await save_post(work, post, edited.held() if screening.held else edited)
    await open_case_for(work, screening, TargetType.POST, stored.id)
    return saved(stored)


async def delete_post(cmd: DeletePost, work: Work) -> None:
    post = await see_post(work, cmd.post_id)
    viewer = viewer_of(work)
    post.deletable_by(viewer.id, moderator=viewer.moderator)
    at_version(post, cmd.expected_version)
    await save_post(work, post, post.deleted(viewer.id, work.now))


async def accept_answer(cmd: AcceptAnswer, work: Work) -> Saved:
    post = await see_post(work, cmd.post_id)
    if post.author_id != work.user_id:
        raise Forbidden
    at_version(post, cmd.expected_version)
    if cmd.comment_id is None:
        return saved(await save_post(work, post, post.unaccept()))
    comment, on = await see_comment(work, cmd.comment_id)
    if on.id != post.id:
        raise NotFound("comment")
    comment.open("comment")
    return saved(await save_post(work, post, post.accept(comment.id, comment.author_id)))
