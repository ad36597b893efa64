"""Visits to providers: sending somebody there, and asking the provider who came back.

Source: docs/contexts/accounts.md. A visit works once, in the browser that began it, for what it was begun for.
"""

import hmac
from datetime import datetime
from typing import ClassVar

from attrs import field, frozen

from sparkle_core.application.accounts.sessions import new_token
from sparkle_core.application.accounts.tokens import derived, digest_of
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.accounts import PROVIDER_VISITS
from sparkle_core.domain.accounts.errors import VisitRejected
from sparkle_core.domain.accounts.identities import (
    Destinations,
    Issuer,
    ProvedIdentity,
    ProviderName,
    ProviderVisit,
    ReturnTo,
    VisitFor,
)
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.fields import Instant, Record, Secret, secret
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.identities import CameBack, IdentityProviders, Sent
from sparkle_core.ports.security import Cipher, KeyedHash, Place
from sparkle_core.ports.store import Transaction


@frozen(kw_only=True)
class Departure(Record):
    """Where to send the browser, and what it keeps until it is back.

    `browser`: its secret, without which nobody finishes the visit. `return_to`: where it goes on afterwards.
    """

    address: str = field(repr=False)
    browser: str = field(repr=False)
    return_to: str | None
    expires_in_s: int


@frozen(kw_only=True)
class Visit(Record):
    """Base of what begins a visit. `return_to`: a path of this site, or an address that the settings name."""

    purpose: ClassVar[VisitFor]
    provider: ProviderName
    return_to: ReturnTo | None = None

    @property
    def remembers(self) -> bool:
        """Whether the session that comes of it lasts longer."""
        return False


@frozen(kw_only=True)
class Arrival(Record):
    """Base of what ends one: what the provider sent back (`iss` where it says so), and what the `browser` kept."""

    purpose: ClassVar[VisitFor]
    state: Secret[str] = field(converter=secret)
    code: Secret[str] = field(converter=secret)
    browser: Secret[str] = field(converter=secret)
    iss: Issuer | None = None


@frozen
class Packed:
    """A visit that is about to begin: what it is sent with, where to, and the browser's secret."""

    sent: Sent
    address: str
    browser: str


@frozen
class CameIn:
    """Who a provider says came back, from which visit, and the token of the session that may be made."""

    visit: ProviderVisit
    identity: ProvedIdentity
    token: str


async def pack(
    cmd: Visit, prep: Preparation, *, providers: IdentityProviders, hashes: KeyedHash, destinations: Destinations
) -> Packed:
    """Ask where somebody is sent. Raises `NotFound`, `Unavailable`, and `Invalid` for a destination that is none."""
    destinations.checked(cmd.return_to)
    state, verifier, browser = (prep.moment.token(32) for _ in range(3))
    again = cmd.purpose is VisitFor.PROVE
    sent = Sent(state=state, nonce=_nonce(hashes, state), verifier=verifier, again=again)
    return Packed(sent, await providers.address(cmd.provider, sent, prep.now), browser)


def _nonce(hashes: KeyedHash, state: str) -> str:
    """What the provider has to sign: it follows from the state, so that nothing but the state's hash is kept of it."""
    return derived(hashes, "provider-nonce", state.encode("utf-8", "replace"))


async def depart(
    cmd: Visit, work: Work, packed: Packed, *, hashes: KeyedHash, cipher: Cipher, security: SecurityRules
) -> Departure:
    """Note that somebody is on their way."""
    id, anybody = work.new_id(), cmd.purpose is VisitFor.SIGN_IN
    visit = ProviderVisit(
        id=id,
        provider=cmd.provider,
        purpose=cmd.purpose,
        state_hash=_hashed(hashes, "state", packed.sent.state),
        browser_hash=_hashed(hashes, "browser", packed.browser),
        verifier=cipher.seal(Place(PROVIDER_VISITS.name, "verifier", id), packed.sent.verifier.encode()),
        remember=cmd.remembers,
        user_id=None if anybody else work.actor.user_id,
        session_id=None if anybody else work.actor.session_id,
        created_at=work.now,
        expires_at=work.now + security.visit_time,
    )
    work.save(PROVIDER_VISITS, visit)
    seconds = int(security.visit_time.total_seconds())
    return Departure(address=packed.address, browser=packed.browser, return_to=cmd.return_to, expires_in_s=seconds)


def _hashed(hashes: KeyedHash, what: str, text: str) -> str:
    return digest_of(hashes, f"provider-{what}", text)


async def come_back(
    cmd: Arrival, prep: Preparation, *, providers: IdentityProviders, hashes: KeyedHash, cipher: Cipher
) -> CameIn:
    """Who came back. Raises `VisitRejected`, `ProviderRefused`, `Unavailable`.

    The visit is used up before the provider is asked, in a transaction of its own: of many who come with one
    state a single one asks, and a code that the provider was told is never told it twice.
    """
    state = cmd.state.reveal()
    browser_hash = _hashed(hashes, "browser", cmd.browser.reveal())

    async def use(tx: Transaction) -> ProviderVisit | None:
        begun = await tx.records.one(PROVIDER_VISITS, eq("state_hash", _hashed(hashes, "state", state)))
        visit = await tx.records.hold(PROVIDER_VISITS, begun.id) if begun is not None else None
        if visit is None or not _is_theirs(visit, browser_hash, cmd.purpose, prep.actor, prep.now):
            return None
        tx.records.save(PROVIDER_VISITS, visit.used(prep.now))
        return visit

    visit = await prep.store.transact(use)
    if visit is None or visit.verifier is None:
        raise VisitRejected
    verifier = cipher.open(Place(PROVIDER_VISITS.name, "verifier", visit.id), visit.verifier).decode()
    sent = Sent(state=state, nonce=_nonce(hashes, state), verifier=verifier, again=cmd.purpose is VisitFor.PROVE)
    came = CameBack(code=cmd.code.reveal(), iss=cmd.iss, sent=sent, since=visit.created_at)
    identity = await providers.ask(visit.provider, came, prep.now)
    return CameIn(visit, identity, new_token(prep.moment))


def _is_theirs(visit: ProviderVisit, browser_hash: str, purpose: VisitFor, actor: Actor, now: datetime) -> bool:
    """Whether a visit is still open, and was begun by this browser, this person, in this session, for this."""
    if visit.purpose is not purpose or not visit.open_at(now):
        return False
    if purpose is not VisitFor.SIGN_IN and (visit.user_id, visit.session_id) != (actor.user_id, actor.session_id):
        return False
    return hmac.compare_digest(visit.browser_hash, browser_hash)


@frozen(kw_only=True)
class IdentityView(Record):
    """A provider that one signs in with: since when, last when, and the address it knows one by."""

    provider: ProviderName
    email: str | None
    linked_at: Instant
    last_used_at: Instant | None
