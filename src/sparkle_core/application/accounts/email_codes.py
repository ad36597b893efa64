"""Proving an address by the code mailed to it. Source: docs/contexts/accounts.md."""

from datetime import timedelta
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.claiming import claimed, waiting_for
from sparkle_core.application.accounts.naming import starting_again_for
from sparkle_core.application.kernel.commands import Command, Refused
from sparkle_core.application.kernel.limiting import counted
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.application.shared.screening import Screener
from sparkle_core.application.shared.xp import grant_xp
from sparkle_core.domain.accounts import EMAIL_CHALLENGES, PEOPLE, REFERRALS
from sparkle_core.domain.accounts.errors import CodeRejected
from sparkle_core.domain.accounts.events import EmailCodeRequested, ReferralMatured
from sparkle_core.domain.accounts.people import Email, Person, StoredStatus
from sparkle_core.domain.accounts.proofs import EmailChallenge, code_from, same_code
from sparkle_core.domain.accounts.rules import AccountsRules, SecurityRules
from sparkle_core.domain.kernel.fields import Secret, UserId, secret
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.ports.security import Cipher, EmailAddresses, KeyedHash, RateLimiter

CODES_SEEN = 10
"""The latest codes for an address that are looked at; three an hour are mailed."""


@frozen(kw_only=True)
class VerifyEmail(Command[None]):
    """Prove that an address is one's own, with the six-digit code mailed to it.

    Raises `CodeRejected`, alike for an unknown address, a wrong, used or old code, and too many tries.
    """

    email: Email
    code: Secret[str] = field(converter=secret)


@frozen(kw_only=True)
class RequestEmailCode(Command[None]):
    """Have a new code mailed; the answer is the same whether the address is known or not."""

    email: Email


async def send_code(work: Work, user_id: UserId, security: SecurityRules, *, sign_up_id: UUID | None = None) -> None:
    """Have a code mailed, for the sign-up that has it; None for the first one with the address."""
    challenge = EmailChallenge(
        id=work.new_id(),
        user_id=user_id,
        sign_up_id=sign_up_id,
        created_at=work.now,
        expires_at=work.now + timedelta(minutes=security.code_minutes),
    )
    work.save(EMAIL_CHALLENGES, challenge.then(EmailCodeRequested(challenge_id=challenge.id)))


async def email_key_of(cmd: VerifyEmail | RequestEmailCode, prep: Preparation, *, emails: EmailAddresses) -> str:
    """The address in the form it is kept."""
    return emails.normalised(cmd.email).casefold()


async def verify_email(
    cmd: VerifyEmail,
    work: Work,
    email_key: str,
    *,
    hashes: KeyedHash,
    cipher: Cipher,
    rules: AccountsRules,
    security: SecurityRules,
    progression: ProgressionRules,
    screener: Screener,
) -> Refused | None:
    person = await work.store.one(PEOPLE, eq("email_key", email_key))
    waiting = await _open_challenges(work, person, security)
    if person is None or not waiting:
        raise CodeRejected
    told = [one for one in waiting if same_code(cmd.code.reveal(), email_code(hashes, one.id))]
    if not told:
        for challenge in waiting:
            work.save(EMAIL_CHALLENGES, challenge.tried())
        return Refused(CodeRejected())
    for challenge in waiting:  # an address is proved once
        work.save(EMAIL_CHALLENGES, challenge.used(work.now))
    if person.stored_status is StoredStatus.PENDING:
        person = await claimed(work, person, told[0], cipher=cipher, hashes=hashes, rules=rules, screener=screener)
        with starting_again_for("username"):
            await verified(work, person, rules, progression)
            await work.store.flush()
    return None


async def verified(work: Work, person: Person, rules: AccountsRules, progression: ProgressionRules) -> Person:
    """The person, active from now on: the address is theirs. It earns XP, and lets a referral mature."""
    active = work.save(PEOPLE, person.verify_email(work.now))
    await reward_proof(work, person.id, rules, progression)
    return active


async def reward_proof(work: Work, user_id: UserId, rules: AccountsRules, progression: ProgressionRules) -> None:
    """What an address that is proved, or taken as such, brings: XP, and a referral that matures."""
    await grant_xp(work, progression, user_id, progression.awards.email_verified, "email_verified", "email")
    referral = await work.store.one(REFERRALS, eq("newcomer", user_id))
    if referral is not None:
        work.record(ReferralMatured(referral_id=referral.id), delay=timedelta(days=rules.referral_wait_days))


async def _open_challenges(work: Work, person: Person | None, security: SecurityRules) -> list[EmailChallenge]:
    """The latest code of each sign-up with the address, as long as it can be told. A wrong one is a try of all."""
    if person is None:
        return []
    newest = await work.store.find(EMAIL_CHALLENGES, eq("user_id", person.id), order=NEWEST_FIRST, limit=CODES_SEEN)
    latest = {challenge.sign_up_id: challenge for challenge in reversed(newest)}
    return [challenge for challenge in latest.values() if challenge.open_at(work.now, security.code_tries)]


def email_code(hashes: KeyedHash, challenge_id: UUID) -> str:
    """The code of a challenge, derived by HMAC: no table and no queue holds it."""
    return code_from(hashes.of("email-code", challenge_id.bytes))


async def allow_code(
    cmd: RequestEmailCode, prep: Preparation, *, emails: EmailAddresses, limiter: RateLimiter, security: SecurityRules
) -> str:
    """Count the request against the address, whether anybody has it or not. Raises `Limited`."""
    email_key = emails.normalised(cmd.email).casefold()
    await counted(limiter, f"code:{email_key}", security.codes_per_account, prep.now, limit="email codes")
    return email_key


async def request_email_code(cmd: RequestEmailCode, work: Work, email_key: str, *, security: SecurityRules) -> None:
    person = await work.store.one(PEOPLE, eq("email_key", email_key))
    if person is not None and person.stored_status is StoredStatus.PENDING:
        await send_code(work, person.id, security, sign_up_id=await waiting_for(work, person))
