"""What every context may ask about a person: their standing, and the facts rules judge authors by."""

from datetime import datetime
from typing import Any

from attrs import frozen

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.kernel.actors import Standing
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import Kind


@frozen
class AuthorFacts:
    """Since when somebody is here, and how they stand now."""

    created_at: datetime
    standing: Standing


def standings_of(*user_ids: UserId) -> tuple[tuple[Kind[Any], UserId], ...]:
    """What a batched use case needs so that `standing_of` these people can be asked."""
    return tuple((PEOPLE, user_id) for user_id in user_ids)


async def standing_of(work: Work, user_id: UserId) -> Standing | None:
    """A person's role and status now; None when there is no such person."""
    person = await work.store.get(PEOPLE, user_id)
    return person.standing_at(work.now) if person else None


async def author_of(work: Work, user_id: UserId) -> AuthorFacts:
    """Raises `NotFound`."""
    person = found(await work.store.get(PEOPLE, user_id), "person")
    return AuthorFacts(person.created_at, person.standing_at(work.now))
