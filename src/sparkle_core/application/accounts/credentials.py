"""Changing what one signs in with: the password and the address. Source: docs/contexts/accounts.md.

Both ask for a proof of who one is that is not older than five minutes, and end every other session.
"""

from datetime import timedelta
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.choosing import judged, own_names
from sparkle_core.application.accounts.email_codes import verified
from sparkle_core.application.kernel.commands import Command, Refused
from sparkle_core.application.kernel.limiting import counted
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.accounts import EMAIL_CHANGES, PEOPLE, SESSIONS
from sparkle_core.domain.accounts.errors import CodeRejected
from sparkle_core.domain.accounts.events import EmailChangeRequested
from sparkle_core.domain.accounts.people import Email, Person, StoredStatus
from sparkle_core.domain.accounts.proofs import EmailChange, code_from, same_code
from sparkle_core.domain.accounts.rules import AccountsRules, PasswordRules, SecurityRules
from sparkle_core.domain.kernel.errors import Fault, Invalid, NotFound, Unauthenticated
from sparkle_core.domain.kernel.fields import Secret, secret
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.ports.security import BreachedPasswords, EmailAddresses, KeyedHash, PasswordHasher, RateLimiter
from sparkle_core.ports.store import Transaction


@frozen(kw_only=True)
class ChangePassword(Command[None]):
    """Choose another password. This session goes on, every other one ends; one is told by mail.

    Raises `StepUpRequired`, and `Invalid` naming every fault of the password.
    """

    password: Secret[str] = field(converter=secret)


@frozen(kw_only=True)
class ChangeEmail(Command[None]):
    """Have a code mailed to another address, to make it one's own with `ConfirmEmail`.

    The answer is the same when somebody has it already: then it is they who get a mail. Raises
    `StepUpRequired`, `Invalid` for what is no address, `Limited` past 3 an hour.
    """

    email: Email


@frozen(kw_only=True)
class ConfirmEmail(Command[None]):
    """Prove by the six-digit code mailed there that the new address is one's own: it is the one from now on.

    This session goes on, every other one ends; the old address is told. Raises `CodeRejected`, alike for
    a wrong, used or old code and too many tries, and `Taken` when somebody was faster.
    """

    code: Secret[str] = field(converter=secret)


async def checked_password(
    password: Secret[str], person: Person, *, hasher: PasswordHasher, breached: BreachedPasswords, rules: PasswordRules
) -> str:
    """The hash of a new password. Raises `Invalid` naming every fault."""
    chosen, report = await judged(password, own_names(person), breached=breached, rules=rules)
    if not report.valid:
        raise Invalid(tuple(Fault("password", fault) for fault in report.faults))
    return await hasher.hash(chosen)


async def check_new_password(
    cmd: ChangePassword,
    prep: Preparation,
    *,
    hasher: PasswordHasher,
    breached: BreachedPasswords,
    security: SecurityRules,
) -> str:
    """The new password's hash."""
    user_id = prep.actor.user_id
    if user_id is None:
        raise NotFound("person behind this call")

    async def person_of(tx: Transaction) -> Person | None:
        return await tx.records.get(PEOPLE, user_id)

    person = found(await prep.store.read(person_of, one_statement=True), "person")
    return await checked_password(cmd.password, person, hasher=hasher, breached=breached, rules=security.password)


async def change_password(cmd: ChangePassword, work: Work, password_hash: str) -> None:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    changed = person.with_new_password(password_hash)
    await carry_over(work, person, changed)
    work.save(PEOPLE, changed)
    work.note(person.id)


async def carry_over(work: Work, person: Person, changed: Person) -> None:
    """Let the session of this call go on in the epoch that its person begins by a change; all others end with this one.

    Raises `Unauthenticated` for a session that has ended itself: its caller was looked up before that.
    """
    if work.actor.session_id is None:
        return
    session = await work.store.get(SESSIONS, work.actor.session_id)
    if session is None or not session.live_at(work.now, person.session_epoch):
        raise Unauthenticated
    work.save(SESSIONS, session.carried_over(changed.session_epoch))


async def allow_email_change(
    cmd: ChangeEmail, prep: Preparation, *, emails: EmailAddresses, limiter: RateLimiter, security: SecurityRules
) -> str:
    """The address in the form it is kept, counted against whoever asks. Raises `Invalid`, `Limited`."""
    email = emails.normalised(cmd.email)
    await counted(limiter, f"new-email:{prep.actor.name}", security.codes_per_account, prep.now, limit="email codes")
    return email


async def change_email(cmd: ChangeEmail, work: Work, email: str, *, security: SecurityRules) -> None:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    if person.email_key == email.casefold():
        raise Invalid.at("email", "is yours already")
    change = EmailChange(
        id=work.new_id(),
        user_id=person.id,
        email=email,
        email_key=email.casefold(),
        old_email=person.email,
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=security.code_minutes),
    )
    work.save(EMAIL_CHANGES, change.then(EmailChangeRequested(change_id=change.id)))


async def confirm_email(
    cmd: ConfirmEmail,
    work: Work,
    *,
    hashes: KeyedHash,
    rules: AccountsRules,
    security: SecurityRules,
    progression: ProgressionRules,
) -> Refused | None:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    latest = await work.store.find(EMAIL_CHANGES, eq("user_id", person.id), order=NEWEST_FIRST, limit=1)
    if not latest or not latest[0].open_at(work.now, security.code_tries):
        raise CodeRejected
    change = latest[0]
    if not same_code(cmd.code.reveal(), change_code(hashes, change.id)):
        work.save(EMAIL_CHANGES, change.tried())
        return Refused(CodeRejected())
    work.save(EMAIL_CHANGES, change.used(work.now))
    moved = person.with_email(change.email, change.email_key, work.now)
    await carry_over(work, person, moved)
    work.note(person.id, {"email": person.email}, {"email": change.email})
    if person.stored_status is StoredStatus.PENDING:
        await verified(work, moved, rules, progression)
    else:
        work.save(PEOPLE, moved)
    return None


def change_code(hashes: KeyedHash, change_id: UUID) -> str:
    """The code of a change of address, derived by HMAC: no table and no queue holds it."""
    return code_from(hashes.of("email-change", change_id.bytes))
