"""Letters about accounts: the worker's commands, whose prepare hands the letter over."""

from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.application.accounts.credentials import change_code
from sparkle_core.application.accounts.email_codes import email_code
from sparkle_core.application.accounts.guardians import consent_token, withdrawal_token
from sparkle_core.application.accounts.recovering import reset_token
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.accounts import (
    EMAIL_CHALLENGES,
    EMAIL_CHANGES,
    EXPORTS,
    GUARDIAN_CONSENTS,
    PASSWORD_RESETS,
    PEOPLE,
    SIGN_UPS,
)
from sparkle_core.domain.accounts.events import LetterReturned
from sparkle_core.domain.accounts.factors import FEW_LEFT
from sparkle_core.domain.accounts.guardians import ConsentState
from sparkle_core.domain.accounts.identities import ProviderName
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.mail import Letter, Mailer, Undeliverable
from sparkle_core.ports.security import KeyedHash
from sparkle_core.ports.store import Transaction


@frozen(kw_only=True)
class MailEmailCode(Command[None]):
    """Mail the code of a challenge; somebody active already is told that their address was used to sign up."""

    challenge_id: UUID


@frozen(kw_only=True)
class MailPasswordReset(Command[None]):
    """Mail the token of a reset that is somebody's."""

    reset_id: UUID


@frozen(kw_only=True)
class MailPasswordChanged(Command[None]):
    """Tell a person that they have another password."""

    user_id: UserId


@frozen(kw_only=True)
class MailTwoFactorChanged(Command[None]):
    """Tell a person that their second factor is on or off now."""

    user_id: UserId
    on: bool


@frozen(kw_only=True)
class MailBackupCodeUsed(Command[None]):
    """Tell a person that a backup code was used, and how many are left."""

    user_id: UserId
    left: int


@frozen(kw_only=True)
class MailProviderChanged(Command[None]):
    """Tell a person that they sign in with a provider too from now on, or no more."""

    user_id: UserId
    provider: ProviderName
    linked: bool


@frozen(kw_only=True)
class MailPasskeyChanged(Command[None]):
    """Tell a person that they sign in with a passkey too from now on, or with one of them no more."""

    user_id: UserId
    added: bool


@frozen(kw_only=True)
class MailEmailChange(Command[None]):
    """Mail the code of a change of address; whoever has that address already is told instead."""

    change_id: UUID


@frozen(kw_only=True)
class MailGuardian(Command[None]):
    """Write to a child's guardian by where their consent stands: ask for it, thank for it, or say that it has ended."""

    consent_id: UUID


@frozen(kw_only=True)
class MailEmailChanged(Command[None]):
    """Tell the old address that it is not the one any more."""

    change_id: UUID


@frozen(kw_only=True)
class MailLeaving(Command[None]):
    """Tell a person from when on they are erased, and how to stay; or that they stay after all."""

    user_id: UserId
    stays: bool = False


@frozen(kw_only=True)
class MailExport(Command[None]):
    """Tell a person that the copy of their data can be fetched, and where."""

    export_id: UUID


@frozen(kw_only=True)
class MailSecurityAlert(Command[None]):
    """Tell a person at once of something critical about their account."""

    user_id: UserId


_TO_GUARDIANS = {
    ConsentState.ASKED: "guardian_consent",
    ConsentState.GIVEN: "guardian_consented",
    ConsentState.WITHDRAWN: "guardian_withdrew",
}

Addressed = tuple[UserId, Letter]
"""Whose account a letter is about, and the letter."""

Writes = Callable[[Transaction], Coroutine[Any, Any, Addressed | None]]


@frozen
class Returned:
    """A letter that can never be delivered: about whose account it was, and of which kind."""

    user_id: UserId
    kind: str


async def mail_email_code(
    cmd: MailEmailCode, prep: Preparation, *, mailer: Mailer, hashes: KeyedHash
) -> Returned | None:
    async def letter(tx: Transaction) -> Addressed | None:
        challenge = await tx.records.get(EMAIL_CHALLENGES, cmd.challenge_id)
        person = await tx.records.get(PEOPLE, challenge.user_id) if challenge else None
        if challenge is None or person is None or person.stored_status is StoredStatus.DELETED:
            return None
        if person.email_verified_at is not None:
            if challenge.created_at <= person.email_verified_at:  # they proved it before the code was mailed
                return None
            return person.id, Letter(to=person.email, kind="address_in_use", data={"username": person.username})
        if prep.now >= challenge.expires_at:  # the mail server was away for too long: a new code can be asked for
            return None
        sign_up = await tx.records.get(SIGN_UPS, challenge.sign_up_id) if challenge.sign_up_id else person
        if sign_up is None:  # it was forgotten, and its code opens nothing
            return None
        data = {"username": sign_up.username or person.username, "code": email_code(hashes, cmd.challenge_id)}
        return person.id, Letter(to=person.email, kind="verify_email", data=data)

    return await _send(prep, mailer, letter)


async def mail_password_reset(
    cmd: MailPasswordReset, prep: Preparation, *, mailer: Mailer, hashes: KeyedHash
) -> Returned | None:
    async def letter(tx: Transaction) -> Addressed | None:
        reset = await tx.records.get(PASSWORD_RESETS, cmd.reset_id)
        person = await tx.records.get(PEOPLE, reset.user_id) if reset and reset.user_id else None
        if reset is None or person is None or not reset.open_at(prep.now):
            return None
        data = {"username": person.username, "token": reset_token(hashes, reset.id)}
        return person.id, Letter(to=person.email, kind="reset_password", data=data)

    return await _send(prep, mailer, letter)


async def mail_password_changed(cmd: MailPasswordChanged, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    return await _send(prep, mailer, lambda tx: _notice(tx, cmd.user_id, "password_changed"))


async def mail_two_factor_changed(cmd: MailTwoFactorChanged, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    kind = "two_factor_on" if cmd.on else "two_factor_off"
    return await _send(prep, mailer, lambda tx: _notice(tx, cmd.user_id, kind))


async def mail_backup_code_used(cmd: MailBackupCodeUsed, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    kind = "backup_code_used" if cmd.left > FEW_LEFT else "few_backup_codes"
    return await _send(prep, mailer, lambda tx: _notice(tx, cmd.user_id, kind, left=str(cmd.left)))


async def mail_provider_changed(cmd: MailProviderChanged, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    kind = "provider_linked" if cmd.linked else "provider_unlinked"
    return await _send(prep, mailer, lambda tx: _notice(tx, cmd.user_id, kind, provider=cmd.provider.capitalize()))


async def mail_security_alert(cmd: MailSecurityAlert, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    return await _send(prep, mailer, lambda tx: _notice(tx, cmd.user_id, "security_alert"))


async def mail_leaving(cmd: MailLeaving, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    async def letter(tx: Transaction) -> Addressed | None:
        person = await tx.records.get(PEOPLE, cmd.user_id)
        if person is None or cmd.stays is (person.erasure_due_at is not None):  # they have thought again since
            return None
        if person.erasure_due_at is None:
            return await _notice(tx, cmd.user_id, "stays")
        return await _notice(tx, cmd.user_id, "leaving", day=f"{person.erasure_due_at:%-d %B %Y}")

    return await _send(prep, mailer, letter)


async def mail_export(cmd: MailExport, prep: Preparation, *, mailer: Mailer, rules: AccountsRules) -> Returned | None:
    async def letter(tx: Transaction) -> Addressed | None:
        export = await tx.records.get(EXPORTS, cmd.export_id)
        if export is None or not export.open_at(prep.now):
            return None
        facts = {"export": str(export.id), "hours": str(rules.export_hours)}
        return await _notice(tx, export.user_id, "export_ready", **facts)

    return await _send(prep, mailer, letter)


async def mail_passkey_changed(cmd: MailPasskeyChanged, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    kind = "passkey_added" if cmd.added else "passkey_removed"
    return await _send(prep, mailer, lambda tx: _notice(tx, cmd.user_id, kind))


async def _notice(tx: Transaction, user_id: UserId, kind: str, **data: str) -> Addressed | None:
    """What somebody is told of their own account; nobody who has left."""
    person = await tx.records.get(PEOPLE, user_id)
    if person is None or person.stored_status is StoredStatus.DELETED:
        return None
    return person.id, Letter(to=person.email, kind=kind, data={"username": person.username, **data})


async def mail_email_change(
    cmd: MailEmailChange, prep: Preparation, *, mailer: Mailer, hashes: KeyedHash
) -> Returned | None:
    async def letter(tx: Transaction) -> Addressed | None:
        change = await tx.records.get(EMAIL_CHANGES, cmd.change_id)
        person = await tx.records.get(PEOPLE, change.user_id) if change else None
        if change is None or person is None or not change.open_at(prep.now, max_tries=1):
            return None
        owner = await tx.records.one(PEOPLE, eq("email_key", change.email_key))
        if owner is not None:
            return owner.id, Letter(to=owner.email, kind="address_in_use", data={"username": owner.username})
        data = {"username": person.username, "code": change_code(hashes, change.id)}
        return person.id, Letter(to=change.email, kind="confirm_email", data=data)

    return await _send(prep, mailer, letter)


async def mail_email_changed(cmd: MailEmailChanged, prep: Preparation, *, mailer: Mailer) -> Returned | None:
    async def letter(tx: Transaction) -> Addressed | None:
        change = await tx.records.get(EMAIL_CHANGES, cmd.change_id)
        person = await tx.records.get(PEOPLE, change.user_id) if change else None
        if change is None or person is None:
            return None
        data = {"username": person.username}
        return person.id, Letter(to=change.old_email, kind="email_changed", data=data)

    return await _send(prep, mailer, letter)


async def mail_guardian(cmd: MailGuardian, prep: Preparation, *, mailer: Mailer, hashes: KeyedHash) -> Returned | None:
    async def letter(tx: Transaction) -> Addressed | None:
        consent = await tx.records.get(GUARDIAN_CONSENTS, cmd.consent_id)
        person = await tx.records.get(PEOPLE, consent.user_id) if consent else None
        if consent is None or person is None or person.stored_status is StoredStatus.DELETED:
            return None
        data = {"username": person.username}
        if consent.state is ConsentState.ASKED:
            data["token"] = consent_token(hashes, consent.id)
        elif consent.state is ConsentState.GIVEN:
            data["token"] = withdrawal_token(hashes, consent.id)
        return person.id, Letter(to=consent.email, kind=_TO_GUARDIANS[consent.state], data=data)

    return await _send(prep, mailer, letter)


async def _send(prep: Preparation, mailer: Mailer, writes: Writes) -> Returned | None:
    """Hand a letter over, if one is to be written; what comes back when nobody can ever get it."""
    written = await prep.store.read(writes)
    if written is None:
        return None
    user_id, letter = written
    try:
        await mailer.send(evolve(letter, key=prep.key or ""))
    except Undeliverable:
        return Returned(user_id, letter.kind)
    return None


async def mailed(cmd: Command[None], work: Work, returned: Returned | None) -> None:
    """The receipt says that the letter was handed over, or that it never can be, which is told of."""
    if returned is not None:
        work.record(LetterReturned(user_id=returned.user_id, kind=returned.kind))
