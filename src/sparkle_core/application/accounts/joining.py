"""Joining: registration with everything it creates, in one transaction. Source: docs/contexts/accounts.md."""

from datetime import date
from typing import Annotated
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.choosing import judged
from sparkle_core.application.accounts.email_codes import send_code
from sparkle_core.application.accounts.guardians import NOT_SAID, Age, age_again, age_of, ask_guardian_of, kept
from sparkle_core.application.accounts.naming import starting_again_for, username_for, username_left_for
from sparkle_core.application.accounts.referrals import check_referral, refer
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.application.shared.notifications import tell
from sparkle_core.application.shared.screening import Screener, screen_names
from sparkle_core.application.shared.wallets import issued, open_wallet, pay
from sparkle_core.application.shared.xp import grant_xp
from sparkle_core.domain.accounts import PEOPLE, PROFILES, SIGN_UPS
from sparkle_core.domain.accounts.events import SignUpRequested, UserRegistered
from sparkle_core.domain.accounts.people import Email, Person, StoredStatus
from sparkle_core.domain.accounts.profiles import Country, Profile, search_text
from sparkle_core.domain.accounts.proofs import PendingSignUp
from sparkle_core.domain.accounts.rules import AccountsRules, SecurityRules
from sparkle_core.domain.accounts.usernames import (
    Username,
    checked_username,
    username_key,
)
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Record, Secret, Text, UserId, secret
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.notifications import PREFERENCES, NotificationPreferences, NotificationType
from sparkle_core.domain.progression import PersonProgress, ProgressionRules
from sparkle_core.ports.security import (
    BreachedPasswords,
    Cipher,
    EmailAddresses,
    KeyedHash,
    PasswordHasher,
    RateLimiter,
)
from sparkle_core.ports.store import Transaction

ReferralCode = Annotated[str, Text(8, 16)]
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


@frozen(kw_only=True)
class Registered(Record):
    """Who was registered, and the actor they are from now on."""

    id: UserId
    username: Username
    actor: Actor


@frozen(kw_only=True)
class Register(Command[Registered]):
    """Join the community.

    Creates the person, profile, preferences, a wallet with the welcome bonus, and the first XP, all
    or nothing. Raises `Invalid` naming every fault, `Taken` for the email or the username,
    `UsernameUnavailable`, and `ContentBlocked` for a username the community's rules do not allow.
    Over HTTP, `SignUp` does the same without saying who exists. Without a birth date nobody's age is asked for:
    whoever calls this knows that people are old enough, as scripts and operators do.
    """

    email: Email
    username: Username | None = None
    password: Secret[str] = field(converter=secret)
    agree_to_terms: bool
    referral_code: ReferralCode | None = None
    birth_date: date | None = None
    country: Country | None = None
    guardian_email: Email | None = None


@frozen(kw_only=True)
class SignUp(Command[None]):
    """Ask to join; the answer is the same whether the email is known or not.

    The address gets a mail: with a code, or saying that somebody tried to join with it; three an hour, with those that
    `RequestEmailCode` asks for, and a sign-up past them is forgotten. Raises `Invalid` naming every fault and `Taken`
    for a username (usernames are public).

    Who is under 13, or under the age that the rules say for their country (ISO 3166-1), names a guardian, who
    is asked by mail; until they agree, a child reads, and no more.
    """

    email: Email
    username: Username | None = None
    password: Secret[str] = field(converter=secret)
    agree_to_terms: bool
    birth_date: date
    referral_code: ReferralCode | None = None
    country: Country | None = None
    guardian_email: Email | None = None


@frozen(kw_only=True)
class CompleteSignUp(Command[None]):
    """The worker's part of a sign-up: register the person, or mail the owner of the address."""

    sign_up_id: UUID


@frozen
class Newcomer:
    """A checked registration: what may be stored."""

    email: str
    email_key: str
    username: str | None
    password_hash: str | None
    referral_code: str | None
    age: Age = NOT_SAID


async def check_newcomer(
    cmd: Register | SignUp,
    prep: Preparation,
    *,
    hasher: PasswordHasher,
    breached: BreachedPasswords,
    emails: EmailAddresses,
    rules: AccountsRules,
    security: SecurityRules,
) -> Newcomer:
    """Check everything that needs no transaction, name every fault at once, and hash the password."""
    faults: list[Fault] = []
    email = cmd.email
    try:
        email = emails.normalised(cmd.email)
    except Invalid as error:
        faults += error.faults
    faults += username_faults(cmd.username, rules)
    names = (email.rpartition("@")[0], cmd.username or "")
    password, report = await judged(cmd.password, names, breached=breached, rules=security.password)
    faults += [Fault("password", f) for f in report.faults]
    age = age_of(cmd, email, prep.now, rules, emails, faults)
    faults += terms_faults(cmd.agree_to_terms)
    if faults:
        raise Invalid(tuple(faults))
    return Newcomer(email, email.casefold(), cmd.username, await hasher.hash(password), cmd.referral_code, age)


def username_faults(username: str | None, rules: AccountsRules) -> tuple[Fault, ...]:
    """What is wrong with a username that somebody chose."""
    try:
        if username is not None:
            checked_username(username, rules.reserved_usernames)
    except Invalid as error:
        return error.faults
    return ()


def terms_faults(agreed: bool) -> tuple[Fault, ...]:
    return () if agreed else (Fault("agree_to_terms", "must be true: the terms have to be agreed to"),)


async def register(
    cmd: Register,
    work: Work,
    newcomer: Newcomer,
    *,
    rules: AccountsRules,
    security: SecurityRules,
    economy: EconomyRules,
    progression: ProgressionRules,
    screener: Screener,
    cipher: Cipher,
    hashes: KeyedHash,
) -> Registered:
    await screen_names(work, screener, name=newcomer.username)
    username = await username_for(work, newcomer.username, newcomer.email, rules, screener)
    await check_referral(work, newcomer.referral_code)
    with starting_again_for("username" if newcomer.username is None else ""):
        person = await create(work, newcomer, username, economy, progression, cipher)
        await send_code(work, person.id, security)
        ask_guardian_of(work, person, newcomer.age, hashes, rules)
        await work.store.flush()
    if work.actor.operator is not None:
        work.note(person.id)  # in the audit log it is about whom it made, and goes with them
    return Registered(id=person.id, username=username, actor=Actor(user_id=person.id, proved_at=work.now))


async def sign_up(
    cmd: SignUp, work: Work, newcomer: Newcomer, *, rules: AccountsRules, screener: Screener, cipher: Cipher
) -> None:
    await screen_names(work, screener, name=newcomer.username)
    username = await username_for(work, newcomer.username, newcomer.email, rules, screener)
    await check_referral(work, newcomer.referral_code)
    assert newcomer.password_hash is not None, "whoever signs up has chosen a password"
    id = work.new_id()
    pending = PendingSignUp(
        id=id,
        email=newcomer.email,
        email_key=newcomer.email_key,
        username=username,
        password_hash=newcomer.password_hash,
        referral_code=newcomer.referral_code,
        requested_at=work.now,
        guardian_email=newcomer.age.guardian_email,
        **kept(newcomer.age, cipher, SIGN_UPS, id),
    )
    work.save(SIGN_UPS, pending.then(SignUpRequested(sign_up_id=pending.id)))


async def allow_letter(
    cmd: CompleteSignUp, prep: Preparation, *, limiter: RateLimiter, security: SecurityRules
) -> bool:
    """Count the letter against the address, as `RequestEmailCode` does, whether anybody has it or not; by the worker,
    so that whoever signs up is told nothing.
    """

    async def email_key_of(tx: Transaction) -> str:
        return found(await tx.records.get(SIGN_UPS, cmd.sign_up_id), "sign-up").email_key

    email_key = await prep.store.read(email_key_of, one_statement=True)
    return (await limiter.take(f"code:{email_key}", security.codes_per_account, prep.now)).allowed


async def complete_sign_up(
    cmd: CompleteSignUp,
    work: Work,
    allowed: bool,
    *,
    rules: AccountsRules,
    security: SecurityRules,
    economy: EconomyRules,
    progression: ProgressionRules,
    screener: Screener,
    cipher: Cipher,
    hashes: KeyedHash,
) -> None:
    pending = found(await work.store.get(SIGN_UPS, cmd.sign_up_id), "sign-up")
    if not allowed:
        await work.store.erase(SIGN_UPS, [pending.id])
        return
    owner = await work.store.one(PEOPLE, eq("email_key", pending.email_key))
    if owner is not None and owner.stored_status is StoredStatus.PENDING:  # nobody has proved the address yet
        await send_code(work, owner.id, security, sign_up_id=pending.id)
        return
    await work.store.erase(SIGN_UPS, [pending.id])  # it has done its part
    if owner is not None:
        await send_code(work, owner.id, security)
        return
    newcomer = Newcomer(
        pending.email,
        pending.email_key,
        pending.username,
        pending.password_hash,
        pending.referral_code,
        age_again(pending, cipher, work.now, rules),
    )
    username = await username_left_for(work, pending.username, pending.email, rules, screener)
    with starting_again_for("username", "email"):
        person = await create(work, newcomer, username, economy, progression, cipher)
        await send_code(work, person.id, security)
        ask_guardian_of(work, person, newcomer.age, hashes, rules)
        await work.store.flush()


async def create(
    work: Work,
    newcomer: Newcomer,
    username: str,
    economy: EconomyRules,
    progression: ProgressionRules,
    cipher: Cipher,
) -> Person:
    """Everything a registration creates. Raises `Taken` at flush when somebody was faster."""
    user_id = UserId(work.new_id())
    person = Person(
        id=user_id,
        username=username,
        username_key=username_key(username),
        email=newcomer.email,
        email_key=newcomer.email_key,
        password_hash=newcomer.password_hash,
        display_name=username,
        created_at=work.now,
        referral_code="".join(CODE_ALPHABET[work.moment.below(len(CODE_ALPHABET))] for _ in range(10)),
        minor_until=newcomer.age.minor_until,
    )
    await refer(work, person.id, newcomer.referral_code)
    saved = work.save(PEOPLE, person.then(UserRegistered(user_id=user_id)))
    of_age = kept(newcomer.age, cipher, PROFILES, user_id)
    work.save(PROFILES, Profile(id=user_id, search_text=search_text(username, username), **of_age))
    work.save(PREFERENCES, NotificationPreferences(id=user_id))
    await open_wallet(work, user_id)
    bonus = issued(
        work,
        user_id,
        economy.welcome_bonus,
        rule="welcome_bonus",
        key=str(user_id),
        kind="welcome_bonus",
        reference="registration",
    )
    await pay(work, bonus)
    awards = progression.awards
    fresh = PersonProgress(id=user_id)
    await grant_xp(work, progression, user_id, awards.account_created, "account_created", "account", progress=fresh)
    tell(work, user_id, NotificationType.SYSTEM, "welcome", {"username": username})
    return saved
