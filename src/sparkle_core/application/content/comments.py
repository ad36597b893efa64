"""Writing comments."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.content.posts import Saved, saved
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work, at_version
from sparkle_core.application.shared.content import (
    save_comment,
    save_post,
    see_comment,
    see_post,
    tell_of,
    viewer_of,
)
from sparkle_core.application.shared.screening import Screener, open_case_for, screen
from sparkle_core.domain.content import CommentOnPost, ContentRules
from sparkle_core.domain.content.comments import CommentText
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.moderation.targets import Scope, TargetType


@frozen(kw_only=True)
class Comment(Command[Saved]):
    """Comment on a post, or reply to a comment on it, in at most 10,000 characters of plain text.

    Raises `NotFound`, `NotOpen` while post or comment is not visible to everybody, `TooDeep`,
    `ContentBlocked`.
    """

    post_id: UUID
    text: CommentText
    parent_id: UUID | None = None


@frozen(kw_only=True)
class EditComment(Command[Saved]):
    """Change one's own comment; that it was edited shows.

    Raises `NotFound`, `Forbidden`, `ContentRemoved`, `ContentBlocked`, `VersionMismatch`.
    """

    comment_id: UUID
    text: CommentText
    expected_version: int | None = None


@frozen(kw_only=True)
class DeleteComment(Command[None]):
    """Delete a comment: one's own, or anybody's as a moderator. An empty mark keeps its place in the thread.

    Raises `NotFound`, `Forbidden`, `VersionMismatch`.
    """

    comment_id: UUID
    expected_version: int | None = None


async def comment(cmd: Comment, work: Work, *, screener: Screener, rules: ContentRules) -> Saved:
    post = (await see_post(work, cmd.post_id)).open("post")
    parent = None
    if cmd.parent_id is not None:
        parent, on = await see_comment(work, cmd.parent_id)
        if on.id != post.id:
            raise NotFound("comment")
        parent.open("comment")
    written = CommentOnPost.written(
        id=work.new_id(),
        author_id=work.user_id,
        post_id=post.id,
        parent=parent,
        text=cmd.text,
        now=work.now,
        depth_limit=rules.comment_depth,
    )
    screening = await screen(work, screener, Scope.COMMENT, cmd.text)
    written = written.reworded(screening.censored)
    stored = save_comment(work, None, written if screening.held else written.shown(work.now))
    await tell_of(work, stored, post, parent)
    await open_case_for(work, screening, TargetType.COMMENT, stored.id)
    return saved(stored)


async def edit_comment(cmd: EditComment, work: Work, *, screener: Screener) -> Saved:
    before, _ = await see_comment(work, cmd.comment_id)
    at_version(before.editable_by(work.user_id), cmd.expected_version)
    edited = before.edited(cmd.text, work.now)
    if edited is before:
        return saved(before)
    screening = await screen(work, screener, Scope.COMMENT, cmd.text)
    edited = edited.reworded(screening.censored)
    stored = save_comment(work, before, edited.held() if screening.held else edited)
    await open_case_for(work, screening, TargetType.COMMENT, stored.id)
    return saved(stored)


async def delete_comment(cmd: DeleteComment, work: Work) -> None:
    before, post = await see_comment(work, cmd.comment_id)
    viewer = viewer_of(work)
    before.deletable_by(viewer.id, moderator=viewer.moderator)
    at_version(before, cmd.expected_version)
    save_comment(work, before, before.deleted(viewer.id, work.now))
    if post.accepted is not None and post.accepted.comment_id == before.id:
        await save_post(work, post, post.unaccept())
