"""What moderation acts on: content and people, seen whatever their state, hidden and shown again."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.content import save_comment, save_post, tell_of
from sparkle_core.domain.accounts import PEOPLE, PROFILES
from sparkle_core.domain.content import COMMENTS, POSTS, CommentOnPost, Post
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Record, UserId
from sparkle_core.domain.moderation.targets import TargetType


@frozen(kw_only=True)
class Target(Record):
    """What was said and by whom: all its words, at which revision, and whether everybody sees it.

    A person is their own author; their words are username, display name and bio.
    """

    type: TargetType
    id: UUID
    author_id: UserId
    text: str
    revision: int
    visible: bool


async def target_of(work: Work, type: TargetType, id: UUID) -> Target:
    """A target as it stands, deleted or not. Raises `NotFound`."""
    if type is TargetType.PERSON:
        return await _person(work, id)
    thing = await _post(work, id) if type is TargetType.POST else await _comment(work, id)
    return Target(
        type=type, id=id, author_id=thing.author_id, text=thing.text, revision=thing.version, visible=thing.visible
    )


async def hide(work: Work, type: TargetType, id: UUID) -> None:
    """Take content down in the name of moderators; twice changes nothing. Raises `NotFound`, `Invalid` for a person."""
    if _content(type) is TargetType.POST:
        post = await _post(work, id)
        await save_post(work, post, post.hidden())
    else:
        comment = await _comment(work, id)
        save_comment(work, comment, comment.hidden())


async def restore(work: Work, type: TargetType, id: UUID) -> None:
    """Show what was held or taken down; what its author deleted stays deleted, what is shown stays as it is.

    Raises `NotFound`, `Invalid` for a person.
    """
    if _content(type) is TargetType.POST:
        post = await _post(work, id)
        await save_post(work, post, post.shown(work.now))
        return
    comment = await _comment(work, id)
    shown = save_comment(work, comment, comment.shown(work.now))
    if comment.published_at is None:
        parent = await _comment(work, comment.parent_id) if comment.parent_id else None
        await tell_of(work, shown, await _post(work, comment.post_id), parent)


def _content(type: TargetType) -> TargetType:
    if not type.is_content:
        raise Invalid.at("type", "must be POST or COMMENT: a person is suspended or banned instead")
    return type


async def _post(work: Work, id: UUID) -> Post:
    return found(await work.store.get(POSTS, id, deleted=True), "post")


async def _comment(work: Work, id: UUID) -> CommentOnPost:
    return found(await work.store.get(COMMENTS, id, deleted=True), "comment")


async def _person(work: Work, id: UUID) -> Target:
    person = found(await work.store.get(PEOPLE, id), "person")
    profile = await work.store.get(PROFILES, id)
    words = (person.username, person.display_name, profile.bio if profile else "")
    return Target(
        type=TargetType.PERSON,
        id=id,
        author_id=person.id,
        text="\n".join(words).strip(),
        revision=person.version,
        visible=person.deletion_requested_at is None,
    )
