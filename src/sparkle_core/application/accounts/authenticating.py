"""What a session's token opens, and remembering it. Source: docs/contexts/accounts.md, docs/security.md.

What the cache remembers decides nothing by itself: whoever comes by it is held against the person's
row in the transaction of each call. So it may be lost, late, or restored from an old dump.
"""

import hmac
from datetime import datetime, timedelta

from attrs import evolve, field, frozen
from attrs.converters import optional

from sparkle_core.application.accounts.csrf import is_meant
from sparkle_core.application.accounts.fingerprints import fingerprint_of, is_unlike
from sparkle_core.application.accounts.tokens import digest_of
from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Preparation
from sparkle_core.domain.accounts import PEOPLE, SESSIONS
from sparkle_core.domain.accounts.errors import CsrfRejected
from sparkle_core.domain.accounts.people import Person, StoredStatus
from sparkle_core.domain.accounts.proofs import Session
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import Actor, Remembered
from sparkle_core.domain.kernel.errors import Stale, Unauthenticated
from sparkle_core.domain.kernel.fields import Instant, Record, Secret, secret
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.cache import Cache
from sparkle_core.ports.security import KeyedHash
from sparkle_core.ports.store import Transaction
from sparkle_core.ports.text import Codec

PREFIX = "sess_"

REMEMBERED = timedelta(minutes=5)
"""How long a session is good from memory; then it is looked up again, as its row may have got a later end."""

KEY = "session.2:"
"""Where the cache keeps sessions; the number grows with each change of `Known`, which older versions cannot read."""

MAC = 64

MOST = 10_000
"""How many opened entries a process keeps."""


@frozen(kw_only=True)
class Authenticate(Query[Actor]):
    """Who a session's token stands for. Raises `Unauthenticated` for one that opens nothing (any more).

    `for_a_call`: the answer is a `Remembered` actor, found without the database where somebody
    asked lately. It is good for calls alone: each raises `SessionLapsed` when the session has to
    be asked for again, without `for_a_call`.

    `csrf`: what has to come with the token of a cookie for a call that changes something (`MyCsrfToken`);
    raises `CsrfRejected` when it is not the session's or has expired. None asks for none.
    """

    token: Secret[str] = field(converter=secret)
    for_a_call: bool = False
    csrf: Secret[str] | None = field(default=None, converter=optional(secret))


@frozen(kw_only=True)
class Known(Record):
    """What is remembered of a session: whose it is, until when it is good from memory, and the person's mark then."""

    actor: Remembered
    until: Instant


def actor_of(session: Session) -> Actor:
    """Who a session stands for."""
    return Actor(user_id=session.user_id, session_id=session.id, proved_at=session.proved_at)


def token_hash(hashes: KeyedHash, token: str) -> str:
    """What is stored of a token."""
    return digest_of(hashes, "session", token)


async def find_session(
    query: Authenticate, prep: Preparation, *, hashes: KeyedHash, memory: "SessionMemory", security: SecurityRules
) -> Actor:
    """Remember who a token stands for, or look it up and remember it, and put its end off once a day."""
    token = query.token.reveal()
    if not token.startswith(PREFIX):
        raise Unauthenticated
    digest = token_hash(hashes, token)
    known = await memory.recall(digest, prep.now) if query.for_a_call else None
    if known is None:
        known = await _looked_up(prep, digest, fingerprint_of(hashes, prep.origin), security)
        if known is None:
            if not query.for_a_call:  # for a call there was nothing to forget, and guessing must cost us little
                await memory.forget(digest)
            raise Unauthenticated
        await memory.keep(digest, evolve(known, actor=evolve(known.actor, unlike=False)), prep.now)
    session_id = known.actor.session_id
    if query.csrf is not None and session_id and not is_meant(hashes, session_id, query.csrf.reveal(), prep.now):
        raise CsrfRejected
    return known.actor if query.for_a_call else _without_mark(known.actor)


async def _looked_up(prep: Preparation, digest: str, fingerprint: str | None, security: SecurityRules) -> Known | None:
    """The live session of a token's hash, with its end put off where that is due; None for any other.

    A use is noted at most once a day, and only of a session that is looked up: noting each would make
    every call of everybody a write, to move an end that is a month away.
    """
    found = await prep.store.read(lambda tx: _live(tx, digest, prep.now))
    if found is None or not found[0].slides_at(prep.now, security):
        return _known(*found, fingerprint, prep.now) if found else None
    used = found[0].used(prep.now, security)

    async def save(tx: Transaction) -> None:
        tx.records.save(SESSIONS, used)

    try:
        await prep.store.transact(save)
    except Stale:  # somebody else noted it, or ended it: as they left it
        found = await prep.store.read(lambda tx: _live(tx, digest, prep.now))
        return _known(*found, fingerprint, prep.now) if found else None
    return _known(used, found[1], fingerprint, prep.now)


async def _live(tx: Transaction, digest: str, now: datetime) -> tuple[Session, Person] | None:
    """A session and its person, as one snapshot has them; None unless it is live."""
    session = await tx.records.one(SESSIONS, eq("token_hash", digest))
    person = await tx.records.get(PEOPLE, session.user_id) if session else None
    if session is None or person is None or person.stored_status is StoredStatus.DELETED:
        return None
    return (session, person) if session.live_at(now, person.session_epoch) else None


def _known(session: Session, person: Person, fingerprint: str | None, now: datetime) -> Known:
    actor = Remembered(
        user_id=session.user_id,
        session_id=session.id,
        proved_at=session.proved_at,
        session_mark=person.session_mark,
        unlike=session.suspected_at is None and is_unlike(session.fingerprint, fingerprint),
    )
    return Known(actor=actor, until=min(session.expires_at, now + REMEMBERED))


def _without_mark(actor: Remembered) -> Actor:
    return Actor(user_id=actor.user_id, session_id=actor.session_id, proved_at=actor.proved_at)


@frozen(eq=False)
class SessionMemory:
    """Sessions in the cache, under the hash of their token and the deployment's MAC: nobody else can put one there."""

    cache: Cache
    hashes: KeyedHash
    codec: Codec
    opened: dict[tuple[str, str], Known] = field(factory=dict, init=False)

    async def recall(self, digest: str, now: datetime) -> Known | None:
        """What is remembered, if it is ours and still good."""
        text = await self.cache.get(KEY + digest)
        if text is None:
            return None
        known = self.opened.get((digest, text)) or self._open(digest, text)
        return known if known is not None and now < known.until else None

    def _open(self, digest: str, text: str) -> Known | None:
        """What a text says, when its MAC is ours; each is only opened once, as a page makes many calls."""
        mac, entry = text[:MAC], text[MAC:]
        if not hmac.compare_digest(mac.encode("utf-8", "replace"), self._mac(digest, entry).encode()):
            return None
        if len(self.opened) >= MOST:
            self.opened.clear()
        known = self.opened[digest, text] = self.codec.decode(entry, Known)
        return known

    async def keep(self, digest: str, known: Known, now: datetime) -> None:
        entry = self.codec.encode(known)
        await self.cache.put(KEY + digest, self._mac(digest, entry) + entry, (known.until - now).total_seconds())

    async def forget(self, digest: str) -> None:
        await self.cache.drop(KEY + digest)

    def _mac(self, digest: str, entry: str) -> str:
        return digest_of(self.hashes, "remembered session", f"{digest}{entry}")
