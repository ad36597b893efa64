"""Hashers, keyed hashes, worlds, addresses, cleaners: each adapter held to its port."""

import asyncio
import hashlib
import hmac
from collections.abc import Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from argon2 import PasswordHasher as Argon2
from hypothesis import given
from hypothesis import strategies as st

from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.crypto.passwords import FLOOR_KIB, Argon2Hasher
from sparkle_adapters.crypto.rings import HeldKey, Ring
from sparkle_adapters.memory.security import FastHasher
from sparkle_adapters.memory.world import SeededWorld
from sparkle_adapters.system import SystemWorld
from sparkle_adapters.text.emails import EmailSyntax
from sparkle_adapters.text.html import Nh3Sanitizer
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.ports.security import PasswordHasher
from sparkle_core.ports.world import World

R = TypeVar("R")
NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


class Gone(Exception):
    """Who had a turn fails in it."""


def run(coroutine: Coroutine[Any, Any, R]) -> R:
    return asyncio.run(coroutine)


def ring_of(*ids: str) -> Ring:
    """A ring of peppers, the last of them active. Made alike each time: an id stands for one key."""
    keys = {id: HeldKey(hashlib.sha256(id.encode()).digest(), NOON) for id in ids}
    return Ring(ids[-1] if ids else None, keys)


def peppered_hasher(*ids: str) -> Argon2Hasher:
    return Argon2Hasher(peppers=lambda: ring_of(*ids))


def hasher_with_a_pepper() -> Argon2Hasher:
    return peppered_hasher("p1")


@pytest.fixture(params=[Argon2Hasher, hasher_with_a_pepper, FastHasher])
def hasher(request: pytest.FixtureRequest) -> PasswordHasher:
    made: PasswordHasher = request.param()
    return made


def test_a_password_verifies_against_its_own_hash_and_no_other(hasher: PasswordHasher) -> None:
    stored = run(hasher.hash("Corr3ct-horse-battery"))
    assert run(hasher.verify(stored, "Corr3ct-horse-battery"))
    assert not run(hasher.verify(stored, "corr3ct-horse-battery"))
    assert not run(hasher.verify(stored, ""))


def test_hashes_are_salted_and_say_nothing(hasher: PasswordHasher) -> None:
    """Stops one cracked hash from opening every account with that password."""
    one, other = (run(hasher.hash("Corr3ct-horse-battery")) for _ in range(2))
    assert one != other
    assert "Corr3ct" not in one


def test_without_a_stored_hash_nothing_verifies(hasher: PasswordHasher) -> None:
    """Stops logging in as somebody unknown; the hasher works all the same, so that time tells nothing."""
    assert not run(hasher.verify(None, "Corr3ct-horse-battery"))


def test_todays_hash_is_not_outdated(hasher: PasswordHasher) -> None:
    assert not hasher.outdated(run(hasher.hash("Corr3ct-horse-battery")))


def test_whoever_has_a_turn_may_hash_and_the_next_has_one_after_them(hasher: PasswordHasher) -> None:
    async def one_after_the_other() -> list[bool]:
        verified = []
        for _ in range(6):
            with suppress(Gone):
                async with hasher.turn():
                    verified.append(await hasher.verify(None, "Corr3ct-horse-battery"))
                    raise Gone
        return verified

    assert run(one_after_the_other()) == [False] * 6


def test_no_more_have_a_turn_than_keep_argon2_busy_and_the_first_to_come_is_the_next() -> None:
    """Stops a storm of sign-ins from being read and counted all at once, while other calls wait behind all of it."""
    hasher, order = Argon2Hasher(workers=1), []

    async def storm() -> list[list[int]]:
        leave = [asyncio.Event() for _ in range(6)]

        async def one(number: int) -> None:
            async with hasher.turn():
                order.append(number)
                await leave[number].wait()

        async def settled() -> list[int]:
            for _ in range(10):
                await asyncio.sleep(0)
            return list(order)

        tasks = [asyncio.create_task(one(number)) for number in range(6)]
        seen = [await settled()]
        tasks[2].cancel()  # whoever waits and gives up
        tasks[1].cancel()  # whoever gives up inside
        seen.append(await settled())
        for event in leave:
            event.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [*seen, await settled()]

    assert run(storm()) == [[0, 1], [0, 1, 3], [0, 1, 3, 4, 5]]
    order.clear()
    assert run(storm())[0] == [0, 1], "another event loop has turns of its own"


def test_without_an_event_loop_nobody_waits_for_a_turn() -> None:
    argon2 = Argon2Hasher(workers=1)

    async def twice() -> str:
        async with argon2.turn(), argon2.turn(), argon2.turn():
            return "done"

    with pytest.raises(StopIteration, match="done"):
        twice().send(None)


def test_argon2id_is_at_the_floor_and_refuses_to_be_below() -> None:
    """Stops a careless setting from making hashes cheap to guess (ASVS 5.0, appendix C)."""
    stored = run(Argon2Hasher().hash("x"))
    assert stored.startswith(f"$argon2id$v=19$m={FLOOR_KIB},t=1,p=1$")
    with pytest.raises(ValueError, match="47104"):
        Argon2Hasher(memory_kib=FLOOR_KIB - 1)


def test_a_weaker_hash_is_outdated_and_a_broken_one_opens_nothing() -> None:
    hasher = Argon2Hasher()
    weak = "$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$KtFN4eBBp8wGFBLbLQQ4ZGvDKh1wQ0t1qkQ4iQ4mF2w"
    assert hasher.outdated(weak)
    assert not run(hasher.verify("nonsense", "x"))


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


@given(st.binary(min_size=32, max_size=100), st.text(max_size=20), st.binary(max_size=300))
def test_keyed_hashes_are_hmac_sha256_under_a_key_derived_for_the_purpose(
    key: bytes, purpose: str, data: bytes
) -> None:
    derived = hmac.digest(key, b"sparkle/" + purpose.encode(), "sha256")
    keys = HmacKeys(key)
    assert keys.of(purpose, data) == keys.of(purpose, data) == hmac.digest(derived, data, "sha256")


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        HmacKeys(b"short")


@pytest.fixture(params=[SeededWorld, SystemWorld])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.param()
    return made


def test_instants_are_in_utc_and_never_go_back(world: World) -> None:
    instants = [world.moment().now for _ in range(50)]
    assert all(i.tzinfo is UTC for i in instants)
    assert instants == sorted(instants)


def test_ids_are_version_7_unique_and_ascend(world: World) -> None:
    ids = [moment.new_id() for moment in (world.moment() for _ in range(50)) for _ in range(20)]
    assert {i.version for i in ids} == {7}
    assert ids == sorted(set(ids))


def test_randomness_is_within_bounds_and_tokens_differ(world: World) -> None:
    moment = world.moment()
    assert {moment.below(3) for _ in range(200)} == {0, 1, 2}
    tokens = {moment.token() for _ in range(50)}
    assert len(tokens) == 50
    assert {len(t) for t in tokens} == {43}


def test_a_seeded_moment_repeats_itself_and_another_seed_does_not() -> None:
    def told(seed: int) -> list[object]:
        moment = SeededWorld(seed).moment()
        first = [moment.new_id(), moment.token(), moment.below(10**9)]
        again = moment.again()
        assert first == [again.new_id(), again.token(), again.below(10**9)]
        return first

    assert told(1) == told(1)
    assert told(1)[1:] != told(2)[1:]


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("Ada@Example.ORG", "Ada@example.org"),
        ("ada+x@example.org", "ada+x@example.org"),
        ("ä@b.example", "ä@b.example"),
    ],
)
def test_an_address_is_normalised(text: str, normalised: str) -> None:
    assert EmailSyntax().normalised(text) == normalised


@pytest.mark.parametrize(
    "text", ["", "ada", "@b.example", "a@b@c.example", "a b@c.example", "a@" + "b" * 260, "\ud800@b.example"]
)
def test_what_is_no_address_is_refused_at_email(text: str) -> None:
    with pytest.raises(Invalid, match="email: "):
        EmailSyntax().normalised(text)


@pytest.mark.parametrize(
    ("html", "clean"),
    [
        ("<p>Hi <strong>you</strong></p>", "<p>Hi <strong>you</strong></p>"),
        ("<p onclick='x()'>Hi</p><script>alert(1)</script>", "<p>Hi</p>"),
        ("<a href='javascript:x()'>Hi</a>", '<a rel="nofollow ugc noopener">Hi</a>'),
        ("<img src=x onerror=x()>", ""),
    ],
)
def test_a_cleaner_keeps_our_tags_and_drops_what_runs(html: str, clean: str) -> None:
    """Stops script in what people write from running in what people read."""
    assert Nh3Sanitizer().clean(html) == clean
