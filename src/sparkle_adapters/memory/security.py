"""In-memory security ports: a fast hasher and a simple cipher for tests and simulations, and a rate limiter."""

import base64
import hashlib
import hmac
import math
import threading
from datetime import datetime, timedelta
from urllib.parse import quote

from sparkle_core.domain.accounts.factors import one_time_code
from sparkle_core.domain.kernel.errors import CannotOpen
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.domain.kernel.sealed import LONGEST, key_id_of, payload_of, sealed_text
from sparkle_core.ports.security import Place, Verdict


class FastHasher:
    """The `PasswordHasher` port without the cost: for tests and simulations, never for real passwords."""

    def __init__(self) -> None:
        self._made = 0

    async def hash(self, password: str) -> str:
        self._made += 1
        return f"fast${self._made}${self._digest(str(self._made), password)}"

    async def verify(self, stored: str | None, password: str) -> bool:
        _, salt, digest = (stored or "fast$0$").split("$")
        return hmac.compare_digest(digest, self._digest(salt, password)) and stored is not None

    def outdated(self, stored: str) -> bool:
        return not stored.startswith("fast$")

    @staticmethod
    def _digest(salt: str, password: str) -> str:
        return hashlib.sha256(f"{salt}${password}".encode("utf-8", "surrogatepass")).hexdigest()


class MemoryCipher:
    """The `Cipher` port with hashes of the standard library: for tests and simulations, where nothing is at rest.

    The same secret at the same place gives the same text, so that seeded communities can be compared.
    """

    MAC = 28

    def __init__(self, key: bytes, key_id: str = "memory") -> None:
        self._key, self._id = key, key_id

    def seal(self, place: Place, plain: bytes) -> str:
        if len(plain) > LONGEST:
            raise ValueError(f"a secret has at most {LONGEST:,} bytes, this one {len(plain):,}")
        mac = self._mac(place, plain)
        return sealed_text(self._id, mac + self._covered(mac, plain))

    def open(self, place: Place, sealed: str) -> bytes:
        id = key_id_of(sealed)
        if id != self._id:
            raise CannotOpen(place.table, place.column, place.row, "malformed" if id is None else "key_missing")
        try:
            payload = payload_of(sealed)
        except ValueError:
            payload = b""
        mac, covered = payload[: self.MAC], payload[self.MAC :]
        plain = self._covered(mac, covered)
        if not hmac.compare_digest(mac, self._mac(place, plain)):
            raise CannotOpen(place.table, place.column, place.row, "altered")
        return plain

    def key_of(self, sealed: str) -> str:
        id = key_id_of(sealed)
        if id is None:
            raise ValueError("this is no sealed text")
        return id

    def _mac(self, place: Place, plain: bytes) -> bytes:
        return hmac.digest(self._key, f"{(place.table, place.column, place.row)}".encode() + plain, "sha256")[
            : self.MAC
        ]

    def _covered(self, mac: bytes, text: bytes) -> bytes:
        stream = hashlib.shake_256(self._key + mac).digest(len(text))
        return bytes(a ^ b for a, b in zip(text, stream, strict=True))


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
