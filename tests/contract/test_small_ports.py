"""Hashers, keyed hashes, worlds, addresses, and what reads and draws texts: each adapter held to its port."""

import asyncio
import hashlib
import hmac
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher as Argon2

from sparkle_adapters.codec import JsonCodec
from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.crypto.one_time import SegnoQrCodes
from sparkle_adapters.crypto.passwords import FLOOR_KIB, Argon2Hasher
from sparkle_adapters.crypto.rings import HeldKey, Ring
from sparkle_adapters.memory.security import FastHasher
from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.system import SystemWorld
from sparkle_adapters.text.emails import EmailSyntax
from sparkle_adapters.text.html import Nh3Sanitizer
from sparkle_adapters.text.patterns import Re2Patterns
from sparkle_core.ports.security import EmailAddresses, KeyedHash, PasswordHasher, QrCodes
from sparkle_core.ports.text import Codec, HtmlSanitizer, Patterns
from sparkle_core.ports.world import World
from sparkle_core.testing.contracts import (
    CodecContract,
    EmailAddressesContract,
    HtmlSanitizerContract,
    KeyedHashContract,
    PasswordHasherContract,
    PatternsContract,
    QrCodesContract,
    WorldContract,
)

R = TypeVar("R")
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
WEAK = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$KtFN4eBBp8wGFBLbLQQ4ZGvDKh1wQ0t1qkQ4iQ4mF2w"


def run(coroutine: Coroutine[Any, Any, R]) -> R:
    return asyncio.run(coroutine)


def ring_of(*ids: str) -> Ring:
    """A ring of peppers, the last of them active. Made alike each time: an id stands for one key."""
    keys = {id: HeldKey(hashlib.sha256(id.encode()).digest(), NOON) for id in ids}
    return Ring(ids[-1] if ids else None, keys)


def peppered_hasher(*ids: str) -> Argon2Hasher:
    return Argon2Hasher(peppers=lambda: ring_of(*ids), workers=1)


class TestArgon2(PasswordHasherContract):
    WEAKER = WEAK
    INSIDE = 2

    def make(self) -> PasswordHasher:
        return Argon2Hasher(workers=1)


class TestArgon2WithAPepper(TestArgon2):
    def make(self) -> PasswordHasher:
        return peppered_hasher("p1")


class TestFast(PasswordHasherContract):
    WEAKER = WEAK

    def make(self) -> PasswordHasher:
        return FastHasher()


def test_argon2id_is_at_the_floor_and_refuses_to_be_below() -> None:
    """Stops a careless setting from making hashes cheap to guess (ASVS 5.0, appendix C)."""
    stored = run(Argon2Hasher().hash("x"))
    assert stored.startswith(f"$argon2id$v=19$m={FLOOR_KIB},t=1,p=1$")
    with pytest.raises(ValueError, match="47104"):
        Argon2Hasher(memory_kib=FLOOR_KIB - 1)


def test_a_pepper_is_an_hmac_around_the_password_and_the_hash_says_which() -> None:
    """Stops a stolen table of hashes from being guessed at without the key (ASVS 5.0, chapter 11)."""
    stored = run(peppered_hasher("p1").hash("Corr3ct-horse-battery"))
    assert stored.startswith(f"p.p1.$argon2id$v=19$m={FLOOR_KIB},t=1,p=1$")
    inside = hmac.digest(hashlib.sha256(b"p1").digest(), b"Corr3ct-horse-battery", "sha256")
    assert Argon2().verify(stored.removeprefix("p.p1."), inside)


def test_a_hash_without_its_pepper_opens_nothing() -> None:
    stored = run(peppered_hasher("p1").hash("Corr3ct-horse-battery"))
    assert not run(Argon2Hasher().verify(stored.removeprefix("p.p1."), "Corr3ct-horse-battery"))
    assert not run(Argon2Hasher().verify(stored, "Corr3ct-horse-battery")), "its pepper is gone"
    assert not run(peppered_hasher("p2").verify(stored, "Corr3ct-horse-battery"))
    assert not run(peppered_hasher("p1", "p2").verify(stored.replace("p.p1.", "p.p2."), "Corr3ct-horse-battery"))


def test_a_hash_under_a_pepper_that_is_gone_is_no_hash_without_one() -> None:
    """Stops a hash that was made without a pepper from passing for one that has lost its own."""
    plain = run(Argon2Hasher().hash("Corr3ct-horse-battery"))
    assert not run(Argon2Hasher().verify(f"p.gone.{plain}", "Corr3ct-horse-battery"))


def test_hashes_of_older_peppers_and_of_none_verify_and_are_outdated() -> None:
    older = [run(h.hash("Corr3ct-horse-battery")) for h in (Argon2Hasher(), peppered_hasher("p1"))]
    today = peppered_hasher("p1", "p2")
    assert [run(today.verify(stored, "Corr3ct-horse-battery")) for stored in older] == [True, True]
    assert [today.outdated(stored) for stored in older] == [True, True]
    assert Argon2Hasher().outdated(older[1])
    assert not today.outdated(run(today.hash("Corr3ct-horse-battery")))


class TestHmacKeys(KeyedHashContract):
    def make(self, key: bytes) -> KeyedHash:
        return HmacKeys(key)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        HmacKeys(b"short")


class TestSeededWorld(WorldContract):
    REPEATS = True

    def make(self) -> World:
        return SeededWorld()


class TestSystemWorld(WorldContract):
    def make(self) -> World:
        return SystemWorld()


def test_the_same_seed_has_the_same_moments_and_another_seed_others() -> None:
    def told(seed: int) -> list[object]:
        moment = SeededWorld(seed).moment()
        return [moment.new_id(), moment.token(), moment.below(10**9)]

    assert told(1) == told(1)
    assert told(1)[1:] != told(2)[1:]


class TestEmailSyntax(EmailAddressesContract):
    def make(self) -> EmailAddresses:
        return EmailSyntax()


class TestNh3Sanitizer(HtmlSanitizerContract):
    def make(self) -> HtmlSanitizer:
        return Nh3Sanitizer()


class TestRe2Patterns(PatternsContract):
    def make(self) -> Patterns:
        return Re2Patterns()


class TestJsonCodec(CodecContract):
    def make(self) -> Codec:
        return JsonCodec()


class TestSegnoQrCodes(QrCodesContract):
    def make(self) -> QrCodes:
        return SegnoQrCodes()
