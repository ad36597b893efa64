"""In-memory security ports: a fast hasher and a simple cipher for tests and simulations, and a rate limiter."""

import base64
import hashlib
import hmac
import math
import threading
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sparkle_core.domain.accounts.factors import one_time_code
from sparkle_core.domain.kernel.errors import CannotOpen, Invalid, NotFound
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.domain.kernel.sealed import KEY_ID, LONGEST, Purpose, key_id_of, payload_of, pepper_of, sealed_text
from sparkle_core.domain.kernel.stored import After, Kind
from sparkle_core.ports.security import Place, Verdict
from sparkle_core.ports.store import Records


class MemoryBreachedPasswords:
    """The `BreachedPasswords` port over the passwords that it is told, without regard to case."""

    def __init__(self, *passwords: str) -> None:
        self._known = frozenset(password.lower() for password in passwords)

    async def contains(self, password: str) -> bool:
        return password.lower() in self._known


class FastHasher:
    """The `PasswordHasher` port without the cost: for tests and simulations, never for real passwords."""

    def __init__(self) -> None:
        self._made = 0

    async def hash(self, password: str) -> str:
        self._made += 1
        return f"fast${self._made}${self._digest(str(self._made), password)}"

    async def verify(self, stored: str | None, password: str) -> bool:
        salt, _, digest = (stored or "").removeprefix("fast$").partition("$")
        return hmac.compare_digest(digest.encode(), self._digest(salt, password).encode()) and stored is not None

    def outdated(self, stored: str) -> bool:
        return not stored.startswith("fast$")

    def turn(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()  # nobody waits for a hash that costs nothing

    @staticmethod
    def _digest(salt: str, password: str) -> str:
        return hashlib.sha256(f"{salt}${password}".encode("utf-8", "surrogatepass")).hexdigest()


class MemoryKeys:
    """The `KeyRings` port in memory; what a key is follows from its id and the secret of the deployment."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._ids: dict[Purpose, dict[str, None]] = {Purpose.SECRETS: {"memory": None}, Purpose.PASSWORDS: {}}
        self._retired: dict[Purpose, dict[str, None]] = {purpose: {} for purpose in Purpose}
        self._active: dict[Purpose, str | None] = {Purpose.SECRETS: "memory", Purpose.PASSWORDS: None}

    def ids(self, purpose: Purpose) -> tuple[str, ...]:
        return tuple(self._ids[purpose])

    def active(self, purpose: Purpose) -> str | None:
        return self._active[purpose]

    def add(self, purpose: Purpose, id: str) -> None:
        if id in self._ids[purpose] or id in self._retired[purpose] or not KEY_ID.fullmatch(id):
            raise Invalid.at("id", "must be a new id, of 1 to 32 of a-z, 0-9 and -")
        self._ids[purpose][id] = None
        if purpose is Purpose.SECRETS and self._active[purpose] is None:
            self._active[purpose] = id

    def promote(self, purpose: Purpose, id: str) -> None:
        self._known(purpose, id)
        self._active[purpose] = id

    def retire(self, purpose: Purpose, id: str) -> None:
        if id in self._retired[purpose]:
            return
        self._known(purpose, id)
        if id == self._active[purpose]:
            raise Invalid.at("id", f"{id} is the active key; promote another one first")
        del self._ids[purpose][id]
        self._retired[purpose][id] = None

    def retired(self, purpose: Purpose) -> tuple[str, ...]:
        return tuple(self._retired[purpose])

    def key(self, id: str) -> bytes | None:
        """The key for secrets of an id; None when it is not there (any more)."""
        return hmac.digest(self._secret, id.encode(), "sha256") if id in self._ids[Purpose.SECRETS] else None

    def _known(self, purpose: Purpose, id: str) -> None:
        if id not in self._ids[purpose]:
            raise NotFound(f"key {id}")


class MemoryCipher:
    """The `Cipher` port with hashes of the standard library: for tests and simulations, where nothing is at rest.

    The same secret at the same place gives the same text, so that seeded communities can be compared.
    """

    MAC = 28

    def __init__(self, keys: MemoryKeys) -> None:
        self._keys = keys

    def seal(self, place: Place, plain: bytes) -> str:
        if len(plain) > LONGEST:
            raise ValueError(f"a secret has at most {LONGEST:,} bytes, this one {len(plain):,}")
        id = self._keys.active(Purpose.SECRETS)
        key = self._keys.key(id) if id is not None else None
        assert id is not None
        assert key is not None
        mac = self._mac(key, place, plain)
        return sealed_text(id, mac + _covered(key, mac, plain))

    def open(self, place: Place, sealed: str) -> bytes:
        id = key_id_of(sealed)
        key = self._keys.key(id) if id is not None else None
        if key is None:
            raise CannotOpen(place.table, place.column, place.row, "malformed" if id is None else "key_missing")
        try:
            payload = payload_of(sealed)
        except ValueError:
            payload = b""
        mac, covered = payload[: self.MAC], payload[self.MAC :]
        plain = _covered(key, mac, covered)
        if not hmac.compare_digest(mac, self._mac(key, place, plain)):
            raise CannotOpen(place.table, place.column, place.row, "altered")
        return plain

    def key_of(self, sealed: str) -> str:
        id = key_id_of(sealed)
        if id is None:
            raise ValueError("this is no sealed text")
        return id

    def _mac(self, key: bytes, place: Place, plain: bytes) -> bytes:
        where = repr((place.table, place.column, place.row)).encode()
        return hmac.digest(key, where + plain, "sha256")[: self.MAC]


def _covered(key: bytes, mac: bytes, text: bytes) -> bytes:
    stream = hashlib.shake_256(key + mac).digest(len(text))
    return bytes(a ^ b for a, b in zip(text, stream, strict=True))


class MemoryKeyUsage:
    """The `KeyUsage` port over any `Records`; SQL has one that groups. One writer runs at a time here."""

    async def by_key(self, records: Records, kind: Kind[Any], field: str) -> dict[str, int]:
        found: dict[str, int] = {}
        after: After | None = None
        while page := await records.find(kind, after=after, deleted=True):
            for text in (getattr(row, field) for row in page):
                if text is not None:
                    id = key_id_of(text) or pepper_of(text)[0] or ""
                    found[id] = found.get(id, 0) + 1
            after = (page[-1].id, page[-1].id)
        return found

    async def still(self, records: Records, kinds: Iterable[Kind[Any]]) -> None:
        return None


class PlainOneTimePasswords:
    """The `OneTimePasswords` port by the standard library alone, word for word as RFC 4226 and RFC 6238 have it."""

    def code(self, secret: bytes, step: int) -> str:
        return one_time_code(secret, step)

    def step(self, secret: bytes, code: str, now: int) -> int | None:
        right = [step for step in (now + 1, now, now - 1) if self.code(secret, step) == code]
        return right[0] if right else None

    def uri(self, secret: bytes, account: str, issuer: str) -> str:
        told = base64.b32encode(secret).decode()
        return f"otpauth://totp/{quote(issuer)}:{quote(account)}?secret={told}&issuer={quote(issuer)}"


class MemoryRateLimiter:
    """The `RateLimiter` port within one process; forgets windows that ended."""

    def __init__(self) -> None:
        self._sweep_at = 10_000
        self._windows: dict[str, tuple[int, datetime]] = {}
        self._lock = threading.Lock()

    async def take(self, key: str, tier: RateTier, now: datetime) -> Verdict:
        with self._lock:
            count, ends = self._windows.get(key, (0, now))
            window = timedelta(seconds=tier.window_s)
            if ends <= now:
                count, ends = 0, now + window
            allowed = count < tier.limit
            if allowed:
                count += 1
                if tier.locks and count == tier.limit:
                    ends = now + window
                self._windows[key] = (count, ends)
                self._sweep(now)
            resets_in_s = max(0, math.ceil((ends - now).total_seconds()))
            return Verdict(allowed, tier.limit, max(0, tier.limit - count), resets_in_s)

    async def clear(self, key: str) -> None:
        with self._lock:
            self._windows.pop(key, None)

    async def expire(self, now: datetime) -> int:
        with self._lock:
            return self._forget(now)

    def _sweep(self, now: datetime) -> None:
        if len(self._windows) >= self._sweep_at:
            self._forget(now)
            self._sweep_at = max(10_000, 2 * len(self._windows))

    def _forget(self, now: datetime) -> int:
        before = len(self._windows)
        self._windows = {k: w for k, w in self._windows.items() if w[1] > now}
        return before - len(self._windows)
