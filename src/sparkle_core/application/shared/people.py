"""What every context may ask about a person: their standing, and the facts rules judge authors by."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import frozen

from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.kernel.actors import Permission, Remembered, Standing
from sparkle_core.domain.kernel.errors import Forbidden, NotFound, SessionLapsed
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


async def standing_of_caller(work: Work, user_id: UserId) -> Standing | None:
    """The same of whoever calls, for the dispatcher. Raises `SessionLapsed` as `standing_in` does."""
    person = await work.store.get(PEOPLE, user_id)
    return standing_in(work, person) if person is not None else None


def standing_in(work: Work, person: Person) -> Standing:
    """How a caller stands by their row.

    Raises `SessionLapsed` when their session was remembered and one of theirs has been revoked
    since: seen in the row that is read anyway, so that a stale memory opens nothing.
    """
    if isinstance(work.actor, Remembered) and work.actor.session_mark != person.session_mark:
        raise SessionLapsed
    return person.standing_at(work.now)


@frozen
class Showing:
    """Whether somebody is shown to others now; and of a child, when they will be one no longer."""

    now: bool
    child_until: datetime | None


async def showing_of(work: Work, user_id: UserId) -> Showing:
    """Whether a person is shown to others (`Person.shown_at`). Raises `NotFound`.

    Holds the person's row, so that whoever changes that waits until what is decided by it is done.
    """
    person = found(await work.store.hold(PEOPLE, user_id), "person")
    child = person.minor_at(work.now) is not None
    return Showing(person.shown_at(work.now), person.minor_until if child else None)


async def shows(work: Work, user_id: UserId) -> bool:
    """Whether a person is shown to others now, their row held. Raises `NotFound`."""
    return (await showing_of(work, user_id)).now


def reads_all_of(work: Work, user_id: UserId) -> bool:
    """Whether the caller sees everything about a person: what is their own business, and a moderator's."""
    return user_id == work.actor.user_id or (
        work.standing is not None and work.standing.may(Permission.READ_ANY_WALLET)
    )


async def own_business(work: Work, user_id: UserId) -> None:
    """Raises `Forbidden` for others than the person and moderators, and `NotFound` for nobody."""
    if not reads_all_of(work, user_id):
        raise Forbidden
    if user_id != work.actor.user_id:
        found(await work.store.get(PEOPLE, user_id), "person")


async def in_sight(work: Work, user_id: UserId) -> None:
    """Raises `NotFound` for nobody; and for who is not shown, to others than themselves and moderators."""
    if user_id == work.actor.user_id:
        return
    person = found(await work.store.get(PEOPLE, user_id), "person")
    if not person.shown_at(work.now) and not reads_all_of(work, user_id):
        raise NotFound("person")


@frozen
class ShownPerson:
    """Somebody's names, as others see them."""

    username: str
    display_name: str


async def shown_people(work: Work, user_ids: Iterable[UserId]) -> dict[UserId, ShownPerson]:
    """Those of some people who are shown to others now."""
    people = await work.store.get_many(PEOPLE, user_ids)
    return {
        person.id: ShownPerson(person.username, person.display_name)
        for person in people.values()
        if person.shown_at(work.now)
    }


async def one_at_a_time(work: Work, user_id: UserId) -> None:
    """Hold a person's row until the transaction ends: others of theirs that do so too come one after another."""
    await work.store.hold(PEOPLE, user_id)


async def here_since(work: Work, user_id: UserId) -> datetime:
    """When somebody joined. Raises `NotFound`."""
    return found(await work.store.get(PEOPLE, user_id), "person").created_at


async def author_of(work: Work, user_id: UserId) -> AuthorFacts:
    """Raises `NotFound`."""
    person = found(await work.store.get(PEOPLE, user_id), "person")
    return AuthorFacts(person.created_at, person.standing_at(work.now))
