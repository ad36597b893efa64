"""Secrets at rest by AES-256-GCM (NIST SP 800-38D), under a ring of keys. Source: docs/security.md."""

import os
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sparkle_adapters.crypto.rings import Ring
from sparkle_core.domain.kernel.errors import CannotOpen
from sparkle_core.domain.kernel.sealed import LONGEST, VERSION, key_id_of, payload_of, sealed_text
from sparkle_core.ports.security import Place

NONCE_BYTES = 12
"""96 bits, random: one key may seal 2³² texts (SP 800-38D, 8.3), more than a community has secrets."""


class AesGcmCipher:
    """The `Cipher` port. `ring` answers the ring as it is now, with an active key: a process follows its changes.

    Sealing raises ValueError for more than 8,192 bytes.
    """

    def __init__(self, ring: Callable[[], Ring]) -> None:
        self._ring = ring
        self._made: tuple[Ring | None, dict[str, AESGCM]] = None, {}

    def seal(self, place: Place, plain: bytes) -> str:
        if len(plain) > LONGEST:
            raise ValueError(f"a secret has at most {LONGEST:,} bytes, this one {len(plain):,}")
        ring = self._ring()
        assert ring.active is not None
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._aes(ring, ring.active).encrypt(nonce, plain, bound_to(place))
        return sealed_text(ring.active, nonce + sealed)

    def open(self, place: Place, sealed: str) -> bytes:
        id = key_id_of(sealed)
        if id is None:
            raise _unopened(place, "malformed")
        ring = self._ring()
        if id not in ring.keys:
            raise _unopened(place, "key_missing")
        try:
            raw = payload_of(sealed)
            return self._aes(ring, id).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to(place))
        except (InvalidTag, ValueError):
            raise _unopened(place, "altered") from None

    def key_of(self, sealed: str) -> str:
        id = key_id_of(sealed)
        if id is None:
            raise ValueError("this is no sealed text")
        return id

    def _aes(self, ring: Ring, id: str) -> AESGCM:
        """A key made ready: once for each ring, so that nothing is held of a key that is gone."""
        of, made = self._made
        if of is not ring:
            of, made = self._made = ring, {}
        if id not in made:
            made[id] = AESGCM(ring.keys[id].secret)
        return made[id]


def bound_to(place: Place) -> bytes:
    """What a sealed text is bound to (additional authenticated data): table, column and row, with their lengths.

    Lengths go before names, so that no two places read alike: (`ab`, `c`) is not (`a`, `bc`).
    """
    names = (f"sparkle-sealed-{VERSION}".encode(), place.table.encode(), place.column.encode())
    return b"".join(len(name).to_bytes(2) + name for name in names) + place.row.bytes


def _unopened(place: Place, reason: str) -> CannotOpen:
    return CannotOpen(place.table, place.column, place.row, reason)
