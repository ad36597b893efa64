"""Logging in and out. Source: docs/contexts/accounts.md."""

from ipaddress import ip_address, ip_network
from typing import Annotated

from attrs import field, frozen

from sparkle_core.application.accounts.authenticating import PREFIX, actor_of, token_hash
from sparkle_core.application.kernel.commands import Command, Refused
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.accounts import LOGIN_CHALLENGES, LOGINS, PEOPLE, SECOND_FACTORS, SESSIONS
from sparkle_core.domain.accounts.errors import InvalidCredentials, SecondFactorRequired
from sparkle_core.domain.accounts.factors import LoginChallenge
from sparkle_core.domain.accounts.passwords import normalised_password
from sparkle_core.domain.accounts.people import Person, StoredStatus
from sparkle_core.domain.accounts.proofs import DeviceLabel, LoginRecord, LoginResult, Session, session_end
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import Actor, Origin, Status
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import Record, Secret, Text, UserId, secret
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.security import EmailAddresses, KeyedHash, PasswordHasher, RateLimiter
from sparkle_core.ports.store import Transaction
from sparkle_core.ports.world import Moment

CHALLENGE_PREFIX = "login_"


@frozen(kw_only=True)
class LoggedIn(Record):
    """The session's token, told once and stored only as a keyed hash; who it stands for; their status."""

    token: str = field(repr=False)
    actor: Actor
    status: Status


@frozen(kw_only=True)
class LogIn(Command[LoggedIn]):
    """Start a session with email and password, for 30 days, or 90 with `remember`, from each use on, 180 at most.

    `device_label`: what the device is called in the list of sessions.

    Raises `InvalidCredentials`, alike and in the same time for an unknown email, a wrong or empty
    password and a locked account, and `SecondFactorRequired` with a challenge for `AnswerChallenge`.
    Suspended and banned people may log in, to read why and appeal.
    """

    email: Annotated[str, Text(0, 255)]
    password: Secret[str] = field(converter=secret)
    remember: bool = False
    device_label: DeviceLabel | None = None


@frozen(kw_only=True)
class LogOut(Command[None]):
    """End the session this call came with."""


@frozen
class LoginCheck:
    """What came of checking the password: whose account it is, and a better hash when there is one."""

    user_id: UserId | None
    result: LoginResult
    token: str
    rehashed: str | None = None


async def check_login(
    cmd: LogIn,
    prep: Preparation,
    *,
    hasher: PasswordHasher,
    emails: EmailAddresses,
    limiter: RateLimiter,
    security: SecurityRules,
) -> LoginCheck:
    """Reserve a try, then verify. A locked account's password is hashed all the same, against nothing."""
    try:
        email_key = emails.normalised(cmd.email).casefold()
    except Invalid:
        email_key = cmd.email.casefold()
    allowed = await _reserve(limiter, email_key, prep, security)
    person = await prep.store.read(lambda tx: _person(tx, email_key), one_statement=True)
    password = normalised_password(cmd.password.reveal())
    stored = person.password_hash if person is not None and allowed else None
    right = await hasher.verify(stored, password)
    token = new_token(prep.moment)
    if not right or person is None or stored is None:
        result = LoginResult.WRONG if allowed else LoginResult.LOCKED
        return LoginCheck(person.id if person else None, result, token)
    await limiter.clear(f"login:{email_key}")
    better = await hasher.hash(password) if hasher.outdated(stored) else None
    return LoginCheck(person.id, LoginResult.SUCCEEDED, token, better)


async def _person(tx: Transaction, email_key: str) -> Person | None:
    return await tx.records.one(PEOPLE, eq("email_key", email_key))


async def _reserve(limiter: RateLimiter, email_key: str, prep: Preparation, security: SecurityRules) -> bool:
    """Count the try against every budget it falls under; whether all allow it."""
    budgets = [("login:" + email_key, security.login_per_account), ("login-all", security.login_overall)]
    budgets += _by_address(prep.origin, security)
    verdicts = [await limiter.take(key, tier, prep.now) for key, tier in budgets]
    return all(v.allowed for v in verdicts)


def _by_address(origin: Origin | None, security: SecurityRules) -> list[tuple[str, RateTier]]:
    """The address itself, and its network: /24 of IPv4, /64 of IPv6. None is no bucket for everyone."""
    if origin is None or origin.address is None:
        return []
    try:
        address = ip_address(origin.address)
    except ValueError:
        return [(f"login-ip:{origin.address}", security.login_per_address)]
    network = ip_network(f"{address}/{24 if address.version == 4 else 64}", strict=False)
    return [(f"login-ip:{address}", security.login_per_address), (f"login-net:{network}", security.login_per_network)]


async def log_in(
    cmd: LogIn, work: Work, check: LoginCheck, *, hashes: KeyedHash, security: SecurityRules
) -> LoggedIn | Refused:
    person = await work.store.get(PEOPLE, check.user_id) if check.user_id else None
    if person is None:
        return Refused(InvalidCredentials())
    if check.result is not LoginResult.SUCCEEDED or person.stored_status is StoredStatus.DELETED:
        remember_login(work, person.id, check.result)
        return Refused(InvalidCredentials())
    if check.rehashed is not None:
        person = work.save(PEOPLE, person.with_password(check.rehashed))
    factor = await work.store.get(SECOND_FACTORS, person.id)
    if factor is not None and factor.on:
        return _challenge(work, person, cmd, hashes, security)
    asked = Asked(cmd.remember, cmd.device_label)
    return start_session(work, person, check.token, asked, hashes=hashes, security=security)


def _challenge(work: Work, person: Person, cmd: LogIn, hashes: KeyedHash, security: SecurityRules) -> Refused:
    """The password was right: what the second factor is to be told with."""
    remember_login(work, person.id, LoginResult.AWAITS_SECOND_FACTOR)
    token = CHALLENGE_PREFIX + work.moment.token(32)
    challenge = LoginChallenge(
        id=work.new_id(),
        user_id=person.id,
        token_hash=challenge_hash(hashes, token),
        created_at=work.now,
        expires_at=work.now + security.challenge_time,
        epoch=person.session_epoch,
        remember=cmd.remember,
        device_label=cmd.device_label,
    )
    work.save(LOGIN_CHALLENGES, challenge)
    return Refused(SecondFactorRequired(token, int(security.challenge_time.total_seconds())))


@frozen
class Asked:
    """What somebody asked of the session that they are about to have."""

    remember: bool
    device_label: str | None


def start_session(
    work: Work, person: Person, token: str, asked: Asked, *, hashes: KeyedHash, security: SecurityRules
) -> LoggedIn:
    """A new session that the token opens, once everything was proved that has to be."""
    remember_login(work, person.id, LoginResult.SUCCEEDED)
    session = Session(
        id=work.new_id(),
        user_id=person.id,
        token_hash=token_hash(hashes, token),
        created_at=work.now,
        proved_at=work.now,
        used_at=work.now,
        expires_at=session_end(work.now, work.now, security, remembered=asked.remember),
        epoch=person.session_epoch,
        remembered=asked.remember,
        device_label=asked.device_label,
        address=work.origin.address if work.origin else None,
        user_agent=work.origin.user_agent if work.origin else None,
    )
    work.save(SESSIONS, session)
    return LoggedIn(token=token, actor=actor_of(session), status=person.status_at(work.now))


def remember_login(work: Work, user_id: UserId, result: LoginResult) -> None:
    """A line of the login history."""
    record = LoginRecord(
        id=work.new_id(),
        user_id=user_id,
        result=result,
        at=work.now,
        address=work.origin.address if work.origin else None,
        user_agent=work.origin.user_agent if work.origin else None,
    )
    work.store.append(LOGINS, record)


def new_token(moment: Moment) -> str:
    """A session's token: 256 bits."""
    return PREFIX + moment.token(32)


def challenge_hash(hashes: KeyedHash, token: str) -> str:
    """What is stored of a challenge's token."""
    return hashes.of("login-challenge", token.encode("utf-8", "replace")).hex()


async def log_out(cmd: LogOut, work: Work) -> None:
    if work.actor.session_id is None:
        return
    session = found(await work.store.get(SESSIONS, work.actor.session_id), "session")
    if session.revoked_at is None:
        await revoke(work, session)


async def revoke(work: Work, *sessions: Session) -> None:
    """End sessions before their time: every way to do so goes through here.

    It also counts at the person, once a transaction, so that whoever remembers a session of
    theirs looks it up again (docs/decisions/0021-a-remembered-session-is-held-against-the-person.md).
    """
    for session in sessions:
        work.save(SESSIONS, session.revoked(work.now))
    for user_id in dict.fromkeys(session.user_id for session in sessions):
        person = found(await work.store.get(PEOPLE, user_id), "person")
        work.save(PEOPLE, person.with_sessions_revoked())
