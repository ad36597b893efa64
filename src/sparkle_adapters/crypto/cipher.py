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
        self._by_key: dict[bytes, AESGCM] = {}

    def seal(self, place: Place, plain: bytes) -> str:
        if len(plain) > LONGEST:
            raise ValueError(f"a secret has at most {LONGEST:,} bytes, this one {len(plain):,}")
        ring = self._ring()
        assert ring.active is not None
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._aes(ring.keys[ring.active].secret).encrypt(nonce, plain, bound_to(place))
        return sealed_text(ring.active, nonce + sealed)

    def open(self, place: Place, sealed: str) -> bytes:
        id = key_id_of(sealed)
        if id is None:
            raise _unopened(place, "malformed")
        key = self._ring().secret(id)
        if key is None:
            raise _unopened(place, "key_missing")
        try:
            raw = payload_of(sealed)
            return self._aes(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], bound_to(place))
        except (InvalidTag, ValueError):
            raise _unopened(place, "altered") from None

    def key_of(self, sealed: str) -> str:
        id = key_id_of(sealed)
        if id is None:
            raise ValueError("this is no sealed text")
        return id

    def _aes(self, key: bytes) -> AESGCM:
        made = self._by_key.get(key)
        if made is None:
            made = self._by_key[key] = AESGCM(key)
        return made


def bound_to(place: Place) -> bytes:
    """What a sealed text is bound to (additional authenticated data): table, column and row, with their lengths.

    Lengths go before names, so that no two places read alike: (`ab`, `c`) is not (`a`, `bc`).
    """
    names = (f"sparkle-sealed-{VERSION}".encode(), place.table.encode(), place.column.encode())
    return b"".join(len(name).to_bytes(2) + name for name in names) + place.row.bytes


def _unopened(place: Place, reason: str) -> CannotOpen:
    return CannotOpen(place.table, place.column, place.row, reason)
