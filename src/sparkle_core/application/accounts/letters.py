"""Mailing codes: the worker's commands, whose prepare hands the letter over."""

from uuid import UUID

from attrs import frozen

from sparkle_core.application.accounts.joining import email_code
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.accounts import EMAIL_CHALLENGES, PEOPLE
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.ports.mail import Letter, Mailer
from sparkle_core.ports.security import KeyedHash
from sparkle_core.ports.store import Transaction


@frozen(kw_only=True)
class MailEmailCode(Command[None]):
    """Mail the code of a challenge; somebody active already is told that their address was used to sign up."""

    challenge_id: UUID


async def mail_email_code(cmd: MailEmailCode, prep: Preparation, *, mailer: Mailer, hashes: KeyedHash) -> None:
    async def letter_for(tx: Transaction) -> Letter | None:
        challenge = await tx.records.get(EMAIL_CHALLENGES, cmd.challenge_id)
        person = await tx.records.get(PEOPLE, challenge.user_id) if challenge else None
        if person is None or person.stored_status is StoredStatus.DELETED:
            return None
        if person.stored_status is StoredStatus.ACTIVE:
            return Letter(to=person.email, kind="address_in_use", data={"username": person.username})
        code = email_code(hashes, cmd.challenge_id)
        return Letter(to=person.email, kind="verify_email", data={"username": person.username, "code": code})

    letter = await prep.store.read(letter_for)
    if letter is not None:
        await mailer.send(letter)


async def email_code_mailed(cmd: MailEmailCode, work: Work, prepared: None) -> None:
    """Nothing is left to do in the transaction: its receipt says that the letter was handed over."""
