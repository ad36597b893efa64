"""Logging in and out. Source: docs/contexts/accounts.md."""

from ipaddress import ip_address, ip_network
from typing import Annotated
from uuid import UUID

from attrs import field, frozen
from attrs.converters import optional

from sparkle_core.application.accounts.authenticating import PREFIX, actor_of, token_hash
from sparkle_core.application.accounts.devices import device_token, recognised
from sparkle_core.application.accounts.fingerprints import fingerprint_of
from sparkle_core.application.accounts.tokens import digest_of
from sparkle_core.application.kernel.commands import Command, Refused
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.accounts import LOGIN_CHALLENGES, LOGINS, PEOPLE, SECOND_FACTORS, SESSIONS
from sparkle_core.domain.accounts.alerts import FAILED
from sparkle_core.domain.accounts.errors import InvalidCredentials, SecondFactorRequired
from sparkle_core.domain.accounts.events import LoginTried
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

WATCHED = FAILED | {LoginResult.SUCCEEDED}
"""Not what was refused for its address: how much of that there is, whoever guesses decides."""

NOBODY = UserId(UUID(int=0))
"""Whose devices are looked for when nobody has the address, so that it takes as long."""


@frozen(kw_only=True)
class LoggedIn(Record):
    """The session's token, told once and stored only as a keyed hash; who it stands for; their status.

    `remember`: whether the device is to keep the token when its program ends. `device_token`: to be kept by the
    device, also when the session has ended, and shown when signing in from it again.
    """

    token: str = field(repr=False)
    actor: Actor
    status: Status
    remember: bool = False
    device_token: str | None = field(default=None, repr=False)


@frozen(kw_only=True)
class LogIn(Command[LoggedIn]):
    """Start a session with email and password, for 30 days, or 90 with `remember`, from each use on, 180 at most.

    `device_label`: what the device is called in the list of sessions. `device_token`: what it got when this person
    signed in from it before; strangers' wrong passwords do not lock them out of it then.

    Raises `InvalidCredentials`, alike and in the same time for an unknown email, a wrong or empty
    password and a locked account, and `SecondFactorRequired` with a challenge for `AnswerChallenge`.
    Suspended and banned people may log in, to read why and appeal.
    """

    email: Annotated[str, Text(0, 255)]
    password: Secret[str] = field(converter=secret)
    remember: bool = False
    device_label: DeviceLabel | None = None
    device_token: Secret[str] | None = field(default=None, converter=optional(secret))


@frozen(kw_only=True)
class LogOut(Command[None]):
    """End the session this call came with."""


@frozen
class LoginCheck:
    """What came of checking the password: whose account it is, the device and a better hash where there is one.

    `locks`: it was the last wrong try that was left.
    """

    user_id: UserId | None
    result: LoginResult
    token: str
    device_id: UUID | None = None
    locks: bool = False
    rehashed: str | None = None


@frozen
class Reserved:
    """A try that was counted: under which budget of its own, what it is if the password is wrong, and whether it was
    the last.
    """

    key: str
    if_wrong: LoginResult
    last: bool

    @property
    def allowed(self) -> bool:
        return self.if_wrong is LoginResult.WRONG


async def check_login(
    cmd: LogIn,
    prep: Preparation,
    *,
    hasher: PasswordHasher,
    emails: EmailAddresses,
    hashes: KeyedHash,
    limiter: RateLimiter,
    security: SecurityRules,
) -> LoginCheck:
    """Reserve a try, then verify. A locked account's password is hashed all the same, against nothing."""
    try:
        email_key = emails.normalised(cmd.email).casefold()
    except Invalid:
        email_key = cmd.email.casefold()
    password = normalised_password(cmd.password.reveal())
    async with hasher.turn():
        person = await prep.store.read(lambda tx: _person(tx, email_key), one_statement=True)
        device_id = recognised(hashes, person.id if person else NOBODY, _device_token(cmd, prep.origin))
        reserved = await _reserve(limiter, email_key, device_id, prep, security)
        stored = person.password_hash if person is not None and reserved.allowed else None
        right = await hasher.verify(stored, password)
    token = new_token(prep.moment)
    if not right or person is None or stored is None:
        return LoginCheck(person.id if person else None, reserved.if_wrong, token, device_id, locks=reserved.last)
    await limiter.clear(reserved.key)
    better = await hasher.hash(password) if hasher.outdated(stored) else None
    return LoginCheck(person.id, LoginResult.SUCCEEDED, token, device_id, rehashed=better)


def _device_token(cmd: LogIn, origin: Origin | None) -> str | None:
    if cmd.device_token is not None:
        return cmd.device_token.reveal()
    return origin.device_token if origin is not None else None


async def _person(tx: Transaction, email_key: str) -> Person | None:
    return await tx.records.one(PEOPLE, eq("email_key", email_key))


async def _reserve(
    limiter: RateLimiter, email_key: str, device_id: UUID | None, prep: Preparation, security: SecurityRules
) -> Reserved:
    """Count the try against each budget it falls under, from the narrowest of where it comes from to the account's own,
    and no further than the first that is used up.

    So one address cannot use up what its network has or all have, and what is refused for where it comes from neither
    counts against an account nor locks it. A recognised device has a budget of its own and no other: what strangers
    do, also at its address, cannot use that up, and whoever has the token cannot use up the account's.
    """
    key, tier, before = f"login:{email_key}", security.login_per_account, _by_address(prep.origin, security)
    if device_id is not None:
        key, tier, before = f"login-device:{device_id}", security.login_per_device, []
    else:
        before = [*before, ("login-all", security.login_overall)]
    for other, its in before:
        if not (await limiter.take(other, its, prep.now)).allowed:
            return Reserved(key, LoginResult.LIMITED, last=False)
    own = await limiter.take(key, tier, prep.now)
    if not own.allowed:
        return Reserved(key, LoginResult.LOCKED, last=False)
    return Reserved(key, LoginResult.WRONG, last=own.remaining == 0)


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
        remember_login(work, person, check.result, device_id=check.device_id, locks=check.locks)
        return Refused(InvalidCredentials())
    if check.rehashed is not None:
        person = work.save(PEOPLE, person.with_password(check.rehashed))
    asked = Asked(cmd.remember, cmd.device_label, check.device_id)
    return await let_in(work, person, check.token, asked, hashes=hashes, security=security)


@frozen
class Asked:
    """What somebody asked of the session that they are about to have, and the device where it is known."""

    remember: bool
    device_label: str | None
    device_id: UUID | None = None


async def let_in(
    work: Work, person: Person, token: str, asked: Asked, *, hashes: KeyedHash, security: SecurityRules
) -> LoggedIn | Refused:
    """What the first proof gives: a session, or the challenge for the second factor where that is on."""
    factor = await work.store.get(SECOND_FACTORS, person.id)
    if factor is not None and factor.on:
        return _challenge(work, person, asked, hashes, security)
    return await start_session(work, person, token, asked, hashes=hashes, security=security)


def _challenge(work: Work, person: Person, asked: Asked, hashes: KeyedHash, security: SecurityRules) -> Refused:
    """The first proof was right: what the second factor is to be told with."""
    remember_login(work, person, LoginResult.AWAITS_SECOND_FACTOR, device_id=asked.device_id)
    token = CHALLENGE_PREFIX + work.moment.token(32)
    challenge = LoginChallenge(
        id=work.new_id(),
        user_id=person.id,
        token_hash=challenge_hash(hashes, token),
        created_at=work.now,
        expires_at=work.now + security.challenge_time,
        epoch=person.session_epoch,
        remember=asked.remember,
        device_label=asked.device_label,
        device_id=asked.device_id,
    )
    work.save(LOGIN_CHALLENGES, challenge)
    return Refused(SecondFactorRequired(token, int(security.challenge_time.total_seconds())))


async def start_session(
    work: Work, person: Person, token: str, asked: Asked, *, hashes: KeyedHash, security: SecurityRules
) -> LoggedIn:
    """A new session that the token opens, once everything was proved that has to be.

    The one that this call came by ends: whoever signs in again where they are signed in goes on
    under another token, and nobody under the old one (ASVS 5.0, 7.2.4).
    """
    await _end_current(work)
    device_id = asked.device_id or work.new_id()
    remember_login(work, person, LoginResult.SUCCEEDED, device_id=device_id)
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
        device_id=device_id,
        fingerprint=fingerprint_of(hashes, work.origin),
        address=work.origin.address if work.origin else None,
        user_agent=work.origin.user_agent if work.origin else None,
    )
    work.save(SESSIONS, session)
    return LoggedIn(
        token=token,
        actor=actor_of(session),
        status=person.status_at(work.now),
        remember=session.remembered,
        device_token=device_token(hashes, person.id, device_id),
    )


async def _end_current(work: Work) -> None:
    if work.actor.session_id is None:
        return
    current = await work.store.get(SESSIONS, work.actor.session_id)
    if current is not None and current.revoked_at is None:
        await revoke(work, current)


def remember_login(
    work: Work, person: Person, result: LoginResult, *, device_id: UUID | None = None, locks: bool = False
) -> None:
    """A line of the login history, and the worker's to look at where alerts may follow; for privileged people one of
    the audit log, too.
    """
    if person.role.rank > 0:
        work.note(person.id, after={"login": result.value})
    record = LoginRecord(
        id=work.new_id(),
        user_id=person.id,
        result=result,
        at=work.now,
        address=work.origin.address if work.origin else None,
        user_agent=work.origin.user_agent if work.origin else None,
        device_id=device_id,
        locks=locks,
    )
    work.store.append(LOGINS, record)
    if result in WATCHED:
        work.record(LoginTried(user_id=person.id, login_id=record.id))


def new_token(moment: Moment) -> str:
    """A session's token: 256 bits."""
    return PREFIX + moment.token(32)


def challenge_hash(hashes: KeyedHash, token: str) -> str:
    """What is stored of a challenge's token."""
    return digest_of(hashes, "login-challenge", token)


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
