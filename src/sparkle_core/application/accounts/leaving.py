"""Leaving: gone for others at once, erased after a time of grace within which it can be taken back.

Source: docs/contexts/accounts.md. What erasing does is in `application/erasing.py`.
"""

from datetime import timedelta

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.kernel.fields import Instant, Record, UserId


@frozen(kw_only=True)
class Departing(Record):
    """From when on a person is erased. Until then they can sign in, and stay after all."""

    erased_from: Instant


@frozen(kw_only=True)
class DeleteAccount(Command[Departing]):
    """Leave: every session ends, nobody sees one any more, and after a time of grace of 30 days one is erased.

    `keep_name`: whether posts and comments keep their author's name. Until then signing in goes on, to read, to have
    one's data exported, and for `CancelDeletion`. Raises `InvalidStatusTransition` for who has left already.
    """

    keep_name: bool = True


@frozen(kw_only=True)
class CancelDeletion(Command[None]):
    """Stay after all, as if one had never left. Raises `NotLeaving` for who has not."""


@frozen(kw_only=True)
class EraseAccount(Command[None]):
    """Have a person erased without a time of grace, or without what is left of it. Nothing brings them back.

    `keep_name`: as in `DeleteAccount`, where that was not chosen before. Raises `NotFound`.
    """

    user_id: UserId
    keep_name: bool = False


async def delete_account(cmd: DeleteAccount, work: Work, *, rules: AccountsRules) -> Departing:
    person = await _person(work, work.user_id)
    leaves = work.save(PEOPLE, person.leaves(work.now, grace=rules.grace, keep_name=cmd.keep_name))
    work.note(person.id)
    assert leaves.erasure_due_at is not None
    return Departing(erased_from=leaves.erasure_due_at)


async def cancel_deletion(cmd: CancelDeletion, work: Work) -> None:
    person = await _person(work, work.user_id)
    work.save(PEOPLE, person.stays())
    work.note(person.id)


async def erase_account(cmd: EraseAccount, work: Work) -> None:
    person = await _person(work, cmd.user_id)
    if person.deletion_requested_at is None:
        person = person.leaves(work.now, grace=timedelta(), keep_name=cmd.keep_name)
    work.save(PEOPLE, evolve(person, erasure_due_at=work.now))
    work.note(person.id)


async def _person(work: Work, id: UserId) -> Person:
    return found(await work.store.get(PEOPLE, id), "person")
