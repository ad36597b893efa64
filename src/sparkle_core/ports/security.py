"""Passwords, keyed hashes, secrets at rest and rate limits."""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.ports.store import Records


class PasswordHasher(Protocol):
    """Slow, salted hashes whose parameters live in the hash. Never hashes on an event loop's own thread; where none
    runs, it hashes in place.
    """

    async def hash(self, password: str) -> str:
        """A hash of a password, which may be any text and counts whole; at most 500 characters."""
        ...

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether it matches; with no stored hash, takes as long as a wrong one and answers False. Nothing matches
        what is no hash of its kind.
        """
        ...

    def outdated(self, stored: str) -> bool:
        """Whether a hash that matched was made with weaker parameters than today's."""
        ...

    def turn(self) -> AbstractAsyncContextManager[None]:
        """Where a storm waits: no more are inside than keep the hasher busy, first come, first served.

        For what is read and counted right before a hash, and nothing that may take long: so a hundred who sign in at
        once are read and counted one after the other, as they are hashed, and other calls go between. Whoever is
        inside hashes without asking for a turn again. Each event loop has turns of its own; without one nobody waits.
        """
        ...


class BreachedPasswords(Protocol):
    """Passwords that others know: the commonest ones, and those of published breaches."""

    async def contains(self, password: str) -> bool:
        """Whether a normalised password is known. Answers by what it has when something it asks is away; the commonest
        are known without regard to case. Never on an event loop's own thread for long, and neither kept nor logged.
        """
        ...


class EmailAddresses(Protocol):
    """The syntax of email addresses, without asking DNS."""

    def normalised(self, text: str) -> str:
        """The one form of an address, of at most 255 characters, which is kept, and compared without regard to case.

        Its domain is in lower case and as people read it (`xn--…` in letters), all of it in NFC. Raises `Invalid` at
        "email" for what is no address of a mailbox at a domain name with a dot in it.
        """
        ...


class KeyedHash(Protocol):
    """HMAC-SHA-256 under the deployment's key, one derived key a purpose.

    The derived one is the HMAC-SHA-256 of `sparkle/` and the purpose, in UTF-8: hashes are kept, and found again by
    whatever adapter.
    """

    def of(self, purpose: str, data: bytes) -> bytes:
        """32 bytes."""
        ...


class OneTimePasswords(Protocol):
    """Time-based one-time passwords of six digits (RFC 6238, HMAC-SHA-1, 30 seconds)."""

    def code(self, secret: bytes, step: int) -> str:
        """The code of a time step. `secret`: 160 bits."""
        ...

    def step(self, secret: bytes, code: str, now: int) -> int | None:
        """Which time step a code is of: `now`, the one before or the one after; None for none of them. Compared in
        constant time, the latest first.
        """
        ...

    def uri(self, secret: bytes, account: str, issuer: str) -> str:
        """The `otpauth://` address that an authenticator app reads."""
        ...


class QrCodes(Protocol):
    """Pictures that a phone reads."""

    def picture(self, text: str) -> str:
        """A text of up to 1,000 bytes in UTF-8 as a QR code (ISO/IEC 18004): an SVG document, square, that runs and
        loads nothing. The same text has the same one.
        """
        ...


@frozen
class Place:
    """Where a secret is kept: the name of its `Kind`, the field, and the row's id."""

    table: str
    column: str
    row: UUID


class Cipher(Protocol):
    """Secrets at rest: sealed for one place and opened only there, under keys that can be replaced.

    A sealed text says its own version and which key it is under (`domain.kernel.sealed`).
    """

    def seal(self, place: Place, plain: bytes) -> str:
        """A text to be kept at a place: it says nothing of the plain bytes but how many there are."""
        ...

    def open(self, place: Place, sealed: str) -> bytes:
        """The plain bytes. Raises `CannotOpen`: it is no sealed text, was altered, is from another place, or its
        key is gone. The error names the place and never what was kept there.
        """
        ...

    def key_of(self, sealed: str) -> str:
        """The id of the key that it is under. Raises `ValueError` for what is no sealed text."""
        ...


class KeyRings(Protocol):
    """The rings of keys of a deployment: one key of each is active, the others are for what is there already.

    Every process that uses them sees a change with its next call.
    """

    def ids(self, purpose: Purpose) -> tuple[str, ...]:
        """The keys there are, in the order in which they were added."""
        ...

    def active(self, purpose: Purpose) -> str | None:
        """The one that is used for what is new."""
        ...

    def add(self, purpose: Purpose, id: str) -> None:
        """Add a new key, which only opens until it is promoted; the first one for secrets is active at once.

        Raises `Invalid` for an id that is there or is none.
        """
        ...

    def promote(self, purpose: Purpose, id: str) -> None:
        """Use a key for what is new from now on. Raises `NotFound`."""
        ...

    def retire(self, purpose: Purpose, id: str) -> None:
        """Forget a key for good, and never give its id again; of one that is retired already, change nothing.

        Raises `NotFound` for what never was a key, and `Invalid` for the active one.
        """
        ...

    def retired(self, purpose: Purpose) -> tuple[str, ...]:
        """The ids of the keys that were retired in the last hour; older ones may be left out."""
        ...


class KeyUsage(Protocol):
    """Which keys the rows are under. Stateless; reads within the transaction whose records it is given."""

    async def by_key(self, records: Records, kind: Kind[Any], field: str) -> dict[str, int]:
        """How many rows of a sealed or peppered field are under which key; "" for those under none."""
        ...

    async def still(self, records: Records, kinds: Iterable[Kind[Any]]) -> None:
        """Wait for whoever has written rows of these kinds, and let nobody write any until this transaction ends."""
        ...


@frozen
class Verdict:
    """Whether one more is allowed, how many are left and when the window ends."""

    allowed: bool
    limit: int
    remaining: int
    resets_in_s: int


class RateLimiter(Protocol):
    """Counts hits atomically: of N parallel takers at most `tier.limit` are allowed in a window."""

    async def take(self, key: str, tier: RateTier, now: datetime) -> Verdict:
        """Count one hit, unless the window is full. A window starts at its first hit."""
        ...

    async def clear(self, key: str) -> None:
        """Forget what was counted."""
        ...

    async def expire(self, now: datetime) -> int:
        """Forget the windows that have ended; how many."""
        ...
