"""Both ciphers held to their contract, and AES-256-GCM to what NIST and others say it computes."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM as aes

from sparkle_adapters.crypto.cipher import AesGcmCipher, bound_to
from sparkle_adapters.crypto.rings import Ring
from sparkle_adapters.memory.security import MemoryCipher, MemoryKeys
from sparkle_core.domain.kernel.errors import CannotOpen
from sparkle_core.domain.kernel.sealed import payload_of
from sparkle_core.ports.security import Cipher, Place
from sparkle_core.testing.contracts import CipherContract

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HERE = Place("profile", "phone", UUID(int=7))


class TestAesGcmCipher(CipherContract):
    def make(self) -> Cipher:
        ring = Ring().with_new("k1", NOON).promoted("k1")
        return AesGcmCipher(lambda: ring)


class TestMemoryCipher(CipherContract):
    keys: Iterator[int] = count(1)

    def make(self) -> Cipher:
        return MemoryCipher(MemoryKeys(next(self.keys).to_bytes(32)))


def test_aes_256_gcm_computes_what_nist_says_it_does() -> None:
    """Vectors of McGrew and Viega's GCM specification, test cases 14 and 16, as NIST's CAVP has them too."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    nonce, data = bytes.fromhex("cafebabefacedbaddecaf888"), bytes.fromhex("feedfacedeadbeef" * 2 + "abaddad2")
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    sealed = bytes.fromhex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    )
    assert aes(key).encrypt(nonce, plain, data) == sealed
    assert aes(key).decrypt(nonce, sealed, data) == plain
    assert aes(bytes(32)).encrypt(bytes(12), bytes(16), b"").hex() == (
        "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"
    )


def test_a_text_of_another_implementation_opens() -> None:
    """Holds nonce, data and order of bytes to what docs/security.md says: whoever has the key can read the rows."""
    ring = Ring().with_new("k1", NOON).promoted("k1")
    nonce = bytes(range(12))
    data = b"\x00\x10sparkle-sealed-1\x00\x07profile\x00\x05phone" + HERE.row.bytes
    assert bound_to(HERE) == data
    sealed = aes(ring.keys["k1"].secret).encrypt(nonce, b"+4930901820", data)
    text = "1.k1." + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")
    assert AesGcmCipher(lambda: ring).open(HERE, text) == b"+4930901820"


def test_no_nonce_is_used_twice() -> None:
    """Stops what ends AES-GCM: two texts under one key and nonce give away both, and the key of the tags."""
    ring = Ring().with_new("k1", NOON).promoted("k1")
    cipher = AesGcmCipher(lambda: ring)
    sample = 200_000
    nonces = {payload_of(cipher.seal(HERE, b"+4930901820"))[:12] for _ in range(sample)}
    assert len(nonces) == sample
    assert [len({nonce[i] for nonce in nonces}) for i in range(12)] == [256] * 12, "not all of a nonce is random"


def test_what_an_older_key_sealed_opens_until_that_key_is_gone() -> None:
    ring = Ring().with_new("old", NOON).promoted("old")
    sealed = AesGcmCipher(lambda: ring).seal(HERE, b"x")
    newer = ring.with_new("new", NOON).promoted("new")
    assert AesGcmCipher(lambda: newer).open(HERE, sealed) == b"x"
    assert AesGcmCipher(lambda: newer).key_of(AesGcmCipher(lambda: newer).seal(HERE, b"x")) == "new"
    with pytest.raises(CannotOpen, match="key_missing"):
        AesGcmCipher(lambda: newer.without("old", NOON)).open(HERE, sealed)


def test_a_key_under_anothers_id_opens_nothing() -> None:
    """Stops a text from being read under a key that it was not sealed under."""
    ring, other = (Ring().with_new("k1", NOON).promoted("k1") for _ in range(2))
    with pytest.raises(CannotOpen, match="altered"):
        AesGcmCipher(lambda: other).open(HERE, AesGcmCipher(lambda: ring).seal(HERE, b"x"))
