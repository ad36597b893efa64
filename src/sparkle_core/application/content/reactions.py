"""Reacting to posts and comments: edges that are there or not, and counters that move with them."""

from typing import Annotated
from uuid import UUID

from attrs import frozen

from sparkle_core.application.content.views import Reactions, numbers_on
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.content import see_target
from sparkle_core.application.shared.statistics import tally
from sparkle_core.domain.content import ENGAGEMENT, REACTIONS, CommentOnPost, ContentRules, Post
from sparkle_core.domain.content.events import ReactionAdded, ReactionRemoved
from sparkle_core.domain.content.rules import LIKE
from sparkle_core.domain.kernel.fields import Text

ReactionName = Annotated[str, Text(1, 20)]


@frozen(kw_only=True)
class React(Command[Reactions]):
    """React to a post or comment, once per kind of reaction: by default LIKE, LOVE, LAUGH, WOW or SAD.

    Again changes nothing. Raises `NotFound`, `NotOpen` while it is not visible to everybody, and
    `Invalid` for a reaction that there is not.
    """

    target_id: UUID
    reaction: ReactionName = LIKE


@frozen(kw_only=True)
class Unreact(Command[Reactions]):
    """Take a reaction back; without one it changes nothing. Raises `NotFound`."""

    target_id: UUID
    reaction: ReactionName = LIKE


async def react(cmd: React, work: Work, *, rules: ContentRules) -> Reactions:
    reaction = rules.known_reaction(cmd.reaction)
    target, post_id = await see_target(work, cmd.target_id)
    target.open("post" if target.id == post_id else "comment")
    if await work.store.add(REACTIONS, work.user_id, target.id, reaction, work.now):
        _count(work, target, reaction, 1)
        work.record(
            ReactionAdded(
                target_id=target.id,
                post_id=post_id,
                author_id=target.author_id,
                user_id=work.user_id,
                reaction=reaction,
            )
        )
    return (await numbers_on(work, [target.id])).reactions(target.id)


async def unreact(cmd: Unreact, work: Work) -> Reactions:
    target, post_id = await see_target(work, cmd.target_id)
    if await work.store.remove(REACTIONS, work.user_id, target.id, cmd.reaction):
        _count(work, target, cmd.reaction, -1)
        work.record(
            ReactionRemoved(
                target_id=target.id,
                post_id=post_id,
                author_id=target.author_id,
                user_id=work.user_id,
                reaction=cmd.reaction,
            )
        )
    return (await numbers_on(work, [target.id])).reactions(target.id)


def _count(work: Work, target: Post | CommentOnPost, reaction: str, by: int) -> None:
    """Count it on the target and, when it is a like by somebody else, on the author's profile."""
    work.store.bump(ENGAGEMENT, target.id, reaction, by)
    if reaction == LIKE and target.author_id != work.user_id:
        tally(work, target.author_id, "likes", by)
