"""A way back in for who forgot their password. Source: docs/contexts/accounts.md.

Asking costs and answers the same whoever's the address is: the command writes one row, and the
worker sees whose it is, and mails.
"""

from datetime import timedelta
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.credentials import checked_password
from sparkle_core.application.accounts.tokens import derived, digest_of
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.limiting import counted
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.accounts import PASSWORD_RESETS, PEOPLE
from sparkle_core.domain.accounts.errors import ResetRejected
from sparkle_core.domain.accounts.events import PasswordResetRequested
from sparkle_core.domain.accounts.people import Email, Person, StoredStatus
from sparkle_core.domain.accounts.proofs import PasswordReset
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.fields import Secret, secret
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.security import BreachedPasswords, EmailAddresses, KeyedHash, PasswordHasher, RateLimiter
from sparkle_core.ports.store import Transaction

PREFIX = "reset_"


@frozen(kw_only=True)
class RequestPasswordReset(Command[None]):
    """Have a link mailed that lets one choose a new password.

    The answer is the same, and takes as long, whether anybody has the address or not. Raises
    `Limited` past 3 requests an hour for an address.
    """

    email: Email


@frozen(kw_only=True)
class GrantPasswordReset(Command[None]):
    """The worker's part: whose address it is, if anybody's."""

    reset_id: UUID


@frozen(kw_only=True)
class ResetPassword(Command[None]):
    """Choose a new password with the token that was mailed.

    Every session ends; a second factor is still asked for. Raises `ResetRejected`, alike for a wrong, used
    and old token, and `Invalid` naming every fault of the password.
    """

    token: Secret[str] = field(converter=secret)
    password: Secret[str] = field(converter=secret)


async def allow_reset(
    cmd: RequestPasswordReset,
    prep: Preparation,
    *,
    emails: EmailAddresses,
    limiter: RateLimiter,
    security: SecurityRules,
) -> str:
    """Count the request against the address, whether anybody has it or not. Raises `Limited`."""
    email_key = emails.normalised(cmd.email).casefold()
    await counted(limiter, f"reset:{email_key}", security.resets_per_account, prep.now, limit="password resets")
    return email_key


async def request_password_reset(
    cmd: RequestPasswordReset, work: Work, email_key: str, *, hashes: KeyedHash, security: SecurityRules
) -> None:
    id = work.new_id()
    reset = PasswordReset(
        id=id,
        email_key=email_key,
        token_hash=_token_hash(hashes, reset_token(hashes, id)),
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=security.reset_minutes),
    )
    work.save(PASSWORD_RESETS, reset.then(PasswordResetRequested(reset_id=id)))


def reset_token(hashes: KeyedHash, reset_id: UUID) -> str:
    """The token of a reset: 256 bits derived by HMAC, so that no table and no queue holds it."""
    return PREFIX + derived(hashes, "password-reset", reset_id.bytes)


def _token_hash(hashes: KeyedHash, token: str) -> str:
    return digest_of(hashes, "password-reset-token", token)


async def grant_password_reset(cmd: GrantPasswordReset, work: Work) -> None:
    reset = found(await work.store.get(PASSWORD_RESETS, cmd.reset_id), "password reset")
    person = await work.store.one(PEOPLE, eq("email_key", reset.email_key))
    if person is None or person.stored_status is StoredStatus.DELETED or reset.user_id is not None:
        return
    work.save(PASSWORD_RESETS, reset.given_to(person.id, person.session_epoch))


async def check_reset(
    cmd: ResetPassword,
    prep: Preparation,
    *,
    hasher: PasswordHasher,
    breached: BreachedPasswords,
    hashes: KeyedHash,
    security: SecurityRules,
) -> str:
    """The new password's hash, once the token is known to open something."""
    token_hash = _token_hash(hashes, cmd.token.reveal())

    async def whose(tx: Transaction) -> Person | None:
        reset = await tx.records.one(PASSWORD_RESETS, eq("token_hash", token_hash))
        if reset is None or reset.user_id is None or not reset.open_at(prep.now):
            return None
        return await tx.records.get(PEOPLE, reset.user_id)

    person = await prep.store.read(whose)
    if person is None:
        raise ResetRejected
    return await checked_password(cmd.password, person, hasher=hasher, breached=breached, rules=security.password)


async def reset_password(cmd: ResetPassword, work: Work, password_hash: str, *, hashes: KeyedHash) -> None:
    token_hash = _token_hash(hashes, cmd.token.reveal())
    reset = await work.store.one(PASSWORD_RESETS, eq("token_hash", token_hash))
    person = await work.store.get(PEOPLE, reset.user_id) if reset and reset.user_id else None
    if reset is None or person is None or not reset.open_at(work.now) or reset.epoch != person.session_epoch:
        raise ResetRejected
    work.save(PEOPLE, person.with_new_password(password_hash))
    work.note(person.id)
