"""One's own sessions: proving again who one is, seeing where one is signed in, and ending that.

Source: docs/contexts/accounts.md.
"""

from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.authenticating import actor_of, token_hash
from sparkle_core.application.accounts.credentials import carry_over
from sparkle_core.application.accounts.devices import device_token
from sparkle_core.application.accounts.sessions import LoggedIn, new_token, remember_login, revoke
from sparkle_core.application.accounts.standing import role_of
from sparkle_core.application.kernel.commands import Command, Query, Refused
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.accounts import PEOPLE, SESSIONS
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.passwords import normalised_password
from sparkle_core.domain.accounts.people import Person, outrank
from sparkle_core.domain.accounts.programs import Program
from sparkle_core.domain.accounts.proofs import LoginResult, Session
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.errors import NotFound, Unauthenticated
from sparkle_core.domain.kernel.fields import Instant, Record, Secret, UserId, secret
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq, gt
from sparkle_core.ports.security import KeyedHash, PasswordHasher, RateLimiter
from sparkle_core.ports.store import Transaction
from sparkle_core.ports.watching import UserAgents


@frozen(kw_only=True)
class ProveIdentity(Command[LoggedIn]):
    """Prove again by the password who one is, for what asks for that (`StepUpRequired`).

    The session goes on under a new token; the old one opens nothing any more. Tries have a budget of their own, as
    large as that of signing in; wrong ones are in the login history, and alerts follow. Raises `InvalidCredentials`,
    alike for a wrong password and too many tries.
    """

    password: Secret[str] = field(converter=secret)


@frozen(kw_only=True)
class SessionView(Record):
    """Where somebody is signed in: since when, until when, from which device, address and program.

    `used_at`: when it was last used, to within a day; now for the `current` one. `program`: what `user_agent` says.
    """

    id: UUID
    created_at: Instant
    proved_at: Instant
    used_at: Instant
    expires_at: Instant
    device_label: str | None
    address: str | None
    user_agent: str | None
    program: Program
    current: bool


@frozen(kw_only=True)
class MySessions(Query[tuple[SessionView, ...]]):
    """Where one is signed in now, newest first: at most 200."""


@frozen(kw_only=True)
class SessionsOf(Query[tuple[SessionView, ...]]):
    """Where somebody is signed in now, for administrators."""

    user_id: UserId


@frozen(kw_only=True)
class RevokeSession(Command[None]):
    """End one of one's own sessions. Raises `NotFound` for one that is not there or not one's own."""

    session_id: UUID


@frozen(kw_only=True)
class RevokeOtherSessions(Command[None]):
    """End every session of one's own but this one."""


@frozen(kw_only=True)
class RevokeSessions(Command[None]):
    """End somebody's sessions, one or all, for administrators. Raises `NotFound`, `Outranked`."""

    user_id: UserId
    session_id: UUID | None = None


@frozen
class Proof:
    """Whether the password was right, and the token from now on."""

    right: bool
    token: str


async def check_password(
    cmd: ProveIdentity, prep: Preparation, *, hasher: PasswordHasher, limiter: RateLimiter, security: SecurityRules
) -> Proof:
    """Reserve a try, then verify; past the budget against nothing, in the same time."""
    user_id = prep.actor.user_id
    if user_id is None or prep.actor.session_id is None:
        raise NotFound("session behind this call")
    key = f"prove:{user_id}"
    allowed = (await limiter.take(key, security.login_per_account, prep.now)).allowed

    async def person_of(tx: Transaction) -> Person | None:
        return await tx.records.get(PEOPLE, user_id)

    person = found(await prep.store.read(person_of, one_statement=True), "person")
    stored = person.password_hash if allowed else None
    right = await hasher.verify(stored, normalised_password(cmd.password.reveal()))
    if right:
        await limiter.clear(key)
    return Proof(right, new_token(prep.moment))


async def prove_identity(cmd: ProveIdentity, work: Work, proof: Proof, *, hashes: KeyedHash) -> LoggedIn | Refused:
    if not proof.right:  # whoever has the session and not the password is in the history, and raises alerts
        remember_login(work, found(await work.store.get(PEOPLE, work.user_id), "person"), LoginResult.WRONG)
        return Refused(InvalidCredentials())
    return await proved_again(work, proof.token, hashes)


async def proved_again(work: Work, token: str, hashes: KeyedHash) -> LoggedIn:
    """The session of this call goes on under another token: its person has just proved who they are."""
    session = found(await work.store.get(SESSIONS, work.actor.session_id or work.user_id), "session")
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    if not session.live_at(work.now, person.session_epoch):
        raise Unauthenticated
    proved = session.proved(work.now, token_hash(hashes, token))
    work.save(SESSIONS, proved)
    work.save(PEOPLE, person.with_sessions_revoked())  # the old token is not to be remembered
    shown = device_token(hashes, person.id, session.device_id) if session.device_id is not None else None
    status = person.status_at(work.now)
    return LoggedIn(token=token, actor=actor_of(proved), status=status, remember=session.remembered, device_token=shown)


async def my_sessions(query: MySessions, work: Work, *, user_agents: UserAgents) -> tuple[SessionView, ...]:
    return await _live(work, work.user_id, user_agents)


async def sessions_of(query: SessionsOf, work: Work, *, user_agents: UserAgents) -> tuple[SessionView, ...]:
    return await _live(work, query.user_id, user_agents)


async def _live(work: Work, user_id: UserId, user_agents: UserAgents) -> tuple[SessionView, ...]:
    person = found(await work.store.get(PEOPLE, user_id), "person")
    live = (eq("revoked_at", None), gt("expires_at", work.now), eq("epoch", person.session_epoch))
    sessions = await work.store.find(SESSIONS, eq("user_id", user_id), *live, order=NEWEST_FIRST)
    return tuple(_view(session, work, user_agents) for session in sessions)


def _view(session: Session, work: Work, user_agents: UserAgents) -> SessionView:
    current = session.id == work.actor.session_id
    return SessionView(
        id=session.id,
        created_at=session.created_at,
        proved_at=session.proved_at,
        used_at=work.now if current else max(session.used_at, session.proved_at),
        expires_at=session.expires_at,
        device_label=session.device_label,
        address=session.address,
        user_agent=session.user_agent,
        program=user_agents.program(session.user_agent or ""),
        current=current,
    )


async def revoke_session(cmd: RevokeSession, work: Work) -> None:
    await _revoke(work, work.user_id, cmd.session_id)


async def _revoke(work: Work, user_id: UserId, session_id: UUID) -> None:
    session = found(await work.store.get(SESSIONS, session_id), "session")
    if session.user_id != user_id:
        raise NotFound("session")
    if session.revoked_at is None:
        await revoke(work, session)


async def revoke_other_sessions(cmd: RevokeOtherSessions, work: Work) -> None:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    begun = person.in_new_epoch()
    await carry_over(work, person, begun)
    work.save(PEOPLE, begun)


async def revoke_sessions(cmd: RevokeSessions, work: Work) -> None:
    person = found(await work.store.get(PEOPLE, cmd.user_id), "person")
    outrank(role_of(work), person.role)
    work.note(person.id)
    if cmd.session_id is not None:
        await _revoke(work, cmd.user_id, cmd.session_id)
        return
    work.save(PEOPLE, person.in_new_epoch())
