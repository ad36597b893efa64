"""Passkeys: adding them, signing in and proving who one is with them, and taking them away.

Source: docs/contexts/accounts.md. A challenge works once, for what it was given out for.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, ClassVar
from uuid import UUID

from attrs import field, frozen

from sparkle_core.application.accounts.devices import recognised
from sparkle_core.application.accounts.own_sessions import proved_again
from sparkle_core.application.accounts.sessions import (
    Asked,
    LoggedIn,
    let_in,
    new_token,
    remember_login,
    start_session,
)
from sparkle_core.application.accounts.ways_in import (
    PasskeyView,
    guarded,
    has_another_way_in,
    identities_of,
    passkey_view,
    passkeys_of,
)
from sparkle_core.application.kernel.commands import Command, Refused
from sparkle_core.application.kernel.work import Preparation, Work, found
from sparkle_core.domain.accounts import PASSKEY_CEREMONIES, PASSKEYS, PEOPLE
from sparkle_core.domain.accounts.errors import InvalidCredentials, LastWayIn, PasskeyRejected
from sparkle_core.domain.accounts.passkeys import (
    MOST_PASSKEYS,
    Assertion,
    CeremonyFor,
    NewCredential,
    Passkey,
    PasskeyCeremony,
    PasskeyName,
)
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.domain.accounts.proofs import DeviceLabel, LoginResult
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.errors import Limited, NotFound, Taken
from sparkle_core.domain.kernel.fields import Record, Text
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.passkeys import Enrollee, Passkeys
from sparkle_core.ports.security import KeyedHash
from sparkle_core.ports.store import Transaction

Response = Annotated[str, Text(2, 20_000, lines=True)]
"""The JSON of `PublicKeyCredential.toJSON()`."""


@frozen(kw_only=True)
class Ceremony(Record):
    """What a browser is asked for: `options` are the JSON that it parses, `ceremony` is sent back with its answer."""

    ceremony: UUID
    options: str = field(repr=False)
    expires_in_s: int


@frozen(kw_only=True)
class Answer(Record):
    """Base of what ends a ceremony: which one, and what the authenticator answered."""

    purpose: ClassVar[CeremonyFor]
    ceremony: UUID
    credential: Response = field(repr=False)


@frozen(kw_only=True)
class BeginPasskey(Command[Ceremony]):
    """Begin to add a passkey. Only who has proved their address may. Raises `StepUpRequired`, `Limited` at 20."""


@frozen(kw_only=True)
class AddPasskey(Answer, Command[PasskeyView]):
    """Add the passkey that an authenticator made; one is told by mail.

    Raises `StepUpRequired`, `PasskeyRejected`, alike for a challenge that is used, old or somebody else's and an
    answer that was not made for us, `Taken` for one that is there already, and `Limited` at 20.
    """

    purpose: ClassVar[CeremonyFor] = CeremonyFor.ADD
    name: PasskeyName


@frozen(kw_only=True)
class BeginPasskeySignIn(Command[Ceremony]):
    """Begin to sign in with a passkey. Nobody is named: the answer is the same for anybody."""


@frozen(kw_only=True)
class SignInWithPasskey(Answer, Command[LoggedIn]):
    """Sign in with a passkey. One that has verified its user is both factors, any other the first.

    Raises `PasskeyRejected`, alike for an unknown passkey, a challenge that is used or old, and an answer that was not
    made for us or has an old counter; and `SecondFactorRequired` where that is on and the user was not verified.
    """

    purpose: ClassVar[CeremonyFor] = CeremonyFor.SIGN_IN
    remember: bool = False
    device_label: DeviceLabel | None = None


@frozen(kw_only=True)
class BeginPasskeyProof(Command[Ceremony]):
    """Begin to prove with a passkey of one's own who one is. Raises `NotFound` for who has none."""


@frozen(kw_only=True)
class ProveWithPasskey(Answer, Command[LoggedIn]):
    """Prove with a passkey who one is, for what asks for that (`StepUpRequired`), as `ProveIdentity` does.

    The session goes on under a new token. Raises `PasskeyRejected`, also for somebody else's passkey.
    """

    purpose: ClassVar[CeremonyFor] = CeremonyFor.PROVE


@frozen(kw_only=True)
class RenamePasskey(Command[None]):
    """Call a passkey of one's own something else. Raises `NotFound`."""

    passkey_id: UUID
    name: PasskeyName


@frozen(kw_only=True)
class RemovePasskey(Command[None]):
    """Sign in with a passkey no more; one is told by mail. Raises `StepUpRequired`, `LastWayIn`, `NotFound`."""

    passkey_id: UUID


@frozen
class Made:
    """A credential that an authenticator made for a challenge of ours."""

    credential: NewCredential


@frozen
class Shown:
    """A passkey that signed a challenge of ours, what it said, and the token of the session that may be made."""

    passkey_id: UUID
    assertion: Assertion
    token: str


async def begin_passkey(
    cmd: BeginPasskey, work: Work, *, passkeys: Passkeys, hashes: KeyedHash, security: SecurityRules
) -> Ceremony:
    person = found(await work.store.get(PEOPLE, work.user_id), "person")
    known = await passkeys_of(work, person.id)
    _room_for_one_more(known)
    who = Enrollee(handle=person.id.bytes, name=person.username)
    return _begun(
        work, CeremonyFor.ADD, security, lambda id: passkeys.creation(challenge_of(hashes, id), who, _ids(known))
    )


def _room_for_one_more(known: list[Passkey]) -> None:
    if len(known) >= MOST_PASSKEYS:
        raise Limited(limit="passkeys", retry_after_s=None, most=MOST_PASSKEYS)


def _ids(passkeys: list[Passkey]) -> list[str]:
    return [passkey.credential_id for passkey in passkeys]


def challenge_of(hashes: KeyedHash, ceremony_id: UUID) -> bytes:
    """What is to be signed: 256 bits derived by HMAC, so that no table holds it."""
    return hashes.of("passkey-challenge", ceremony_id.bytes)


def _begun(work: Work, purpose: CeremonyFor, security: SecurityRules, options: Callable[[UUID], str]) -> Ceremony:
    """Note a challenge that is given out, and say what the browser is asked for."""
    anybody, good_for = purpose is CeremonyFor.SIGN_IN, timedelta(minutes=security.challenge_minutes)
    begun = PasskeyCeremony(
        id=work.new_id(),
        purpose=purpose,
        user_id=None if anybody else work.user_id,
        session_id=None if anybody else work.actor.session_id,
        created_at=work.now,
        expires_at=work.now + good_for,
    )
    work.save(PASSKEY_CEREMONIES, begun)
    return Ceremony(ceremony=begun.id, options=options(begun.id), expires_in_s=int(good_for.total_seconds()))


async def check_made(cmd: AddPasskey, prep: Preparation, *, passkeys: Passkeys, hashes: KeyedHash) -> Made:
    """See what was made; whether the challenge is still good is seen where it is used up."""
    return Made(passkeys.created(cmd.credential, challenge_of(hashes, cmd.ceremony)))


async def add_passkey(cmd: AddPasskey, work: Work, made: Made) -> PasskeyView:
    person = await guarded(work)
    await _use_up(work, cmd)
    _room_for_one_more(await passkeys_of(work, person.id))
    credential = made.credential
    if await work.store.one(PASSKEYS, eq("credential_id", credential.id)) is not None:
        raise Taken("passkey")
    passkey = Passkey(
        id=work.new_id(),
        user_id=person.id,
        credential_id=credential.id,
        public_key=credential.public_key,
        counter=credential.counter,
        name=cmd.name,
        backed_up=credential.backed_up,
        created_at=work.now,
    )
    work.note(person.id, after={"passkey": str(passkey.id)})
    return passkey_view(work.save(PASSKEYS, passkey.added()))


async def _use_up(work: Work, cmd: Answer) -> None:
    """A challenge is answered once, for what and by whom it was begun. Raises `PasskeyRejected`."""
    begun = await work.store.hold(PASSKEY_CEREMONIES, cmd.ceremony)  # whoever else answers it waits, and is refused
    if begun is None or begun.purpose is not cmd.purpose or not begun.open_at(work.now):
        raise PasskeyRejected
    if cmd.purpose is not CeremonyFor.SIGN_IN and (begun.user_id, begun.session_id) != (
        work.user_id,
        work.actor.session_id,
    ):
        raise PasskeyRejected
    work.save(PASSKEY_CEREMONIES, begun.used(work.now))


async def begin_passkey_sign_in(
    cmd: BeginPasskeySignIn, work: Work, *, passkeys: Passkeys, hashes: KeyedHash, security: SecurityRules
) -> Ceremony:
    return _begun(work, CeremonyFor.SIGN_IN, security, lambda id: passkeys.request(challenge_of(hashes, id)))


async def check_shown(
    cmd: SignInWithPasskey | ProveWithPasskey, prep: Preparation, *, passkeys: Passkeys, hashes: KeyedHash
) -> Shown:
    """Whose passkey it is, and whether it signed our challenge. Raises `PasskeyRejected`."""
    credential_id = passkeys.credential_of(cmd.credential)

    async def of(tx: Transaction) -> Passkey | None:
        return await tx.records.one(PASSKEYS, eq("credential_id", credential_id))

    passkey = await prep.store.read(of, one_statement=True)
    if passkey is None:
        raise PasskeyRejected
    said = passkeys.asserted(cmd.credential, challenge_of(hashes, cmd.ceremony), passkey.public_key)
    if said.user_handle not in (None, passkey.user_id.bytes):
        raise PasskeyRejected
    return Shown(passkey.id, said, new_token(prep.moment))


async def _used(work: Work, cmd: Answer, shown: Shown) -> Passkey | Refused:
    """The passkey, with this use of it noted; a counter that went back is refused, and told of."""
    passkey = await work.store.get(PASSKEYS, shown.passkey_id)
    if passkey is None:
        raise PasskeyRejected
    await _use_up(work, cmd)
    if passkey.is_older(shown.assertion.counter):
        work.record(passkey.suspected())
        remember_login(work, found(await work.store.get(PEOPLE, passkey.user_id), "person"), LoginResult.WRONG)
        return Refused(PasskeyRejected())
    return work.save(PASSKEYS, passkey.used(work.now, shown.assertion.counter))


async def sign_in_with_passkey(
    cmd: SignInWithPasskey, work: Work, shown: Shown, *, hashes: KeyedHash, security: SecurityRules
) -> LoggedIn | Refused:
    passkey = await _used(work, cmd, shown)
    if isinstance(passkey, Refused):
        return passkey
    person = found(await work.store.get(PEOPLE, passkey.user_id), "person")
    if person.stored_status is StoredStatus.DELETED:
        raise InvalidCredentials
    device = recognised(hashes, person.id, work.origin.device_token if work.origin else None)
    asked = Asked(cmd.remember, cmd.device_label, device)
    if shown.assertion.user_verified:  # what one has and what one knows or is: both factors (NIST SP 800-63B)
        return await start_session(work, person, shown.token, asked, hashes=hashes, security=security)
    return await let_in(work, person, shown.token, asked, hashes=hashes, security=security)


async def begin_passkey_proof(
    cmd: BeginPasskeyProof, work: Work, *, passkeys: Passkeys, hashes: KeyedHash, security: SecurityRules
) -> Ceremony:
    own = _ids(await passkeys_of(work, work.user_id))
    if not own:
        raise NotFound("passkey")
    return _begun(work, CeremonyFor.PROVE, security, lambda id: passkeys.request(challenge_of(hashes, id), own))


async def prove_with_passkey(
    cmd: ProveWithPasskey, work: Work, shown: Shown, *, hashes: KeyedHash
) -> LoggedIn | Refused:
    passkey = await _used(work, cmd, shown)
    if isinstance(passkey, Refused):
        return passkey
    if passkey.user_id != work.user_id:
        raise PasskeyRejected
    return await proved_again(work, shown.token, hashes)


async def _own(work: Work, id: UUID) -> Passkey:
    passkey = await work.store.get(PASSKEYS, id)
    if passkey is None or passkey.user_id != work.user_id:
        raise NotFound("passkey")
    return passkey


async def rename_passkey(cmd: RenamePasskey, work: Work) -> None:
    work.save(PASSKEYS, (await _own(work, cmd.passkey_id)).renamed(cmd.name))


async def remove_passkey(cmd: RemovePasskey, work: Work) -> None:
    person = await guarded(work)
    gone = await _own(work, cmd.passkey_id)
    others = len(await identities_of(work, person.id)) + len(await passkeys_of(work, person.id)) - 1
    if not has_another_way_in(person, others):
        raise LastWayIn
    await work.store.erase(PASSKEYS, [gone.id])
    work.record(gone.removed())
    work.note(person.id, {"passkey": str(gone.id)})
