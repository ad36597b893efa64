"""The contract of `PasswordHasher`, held against every adapter: what opens an account, and who waits meanwhile."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any, ClassVar

import pytest

from sparkle_core.ports.driving import drive
from sparkle_core.ports.security import PasswordHasher
from sparkle_core.testing.contracts.staging import Runs, running

PASSWORD = "Corr3ct-horse-battery"  # noqa: S105 # nobody's
OTHERS = ("", "corr3ct-horse-battery", PASSWORD + " ", PASSWORD[:-1], PASSWORD + "\0", PASSWORD.encode().hex())
ODD = ("", " ", "Пароль 🎨", "a\0b", "x" * 80, "x" * 5_000)
NO_HASHES = ("", "nonsense", "$", "$$$$", "p.p1.", "$argon2id$", "$2b$12$abc", PASSWORD)

ON_THE_LOOP_S = 0.01
"""How much of an event loop's own thread a hash may take: other calls wait behind it."""
LIKE_A_WRONG_ONE = 3
"""How far apart two durations may be that nobody should be able to tell apart: what a busy machine makes of one."""


class Gone(Exception):
    """Who had a turn fails in it."""


class PasswordHasherContract:
    """A password opens its own hash and no other, on an event loop and without one.

    Say `make` and `WEAKER`, and `INSIDE` where people wait for a turn.
    """

    WEAKER: ClassVar[str]
    """A hash of other parameters than today's."""
    INSIDE: ClassVar[int | None] = None
    """How many have a turn at once; None where nobody waits for one."""

    def make(self) -> PasswordHasher:
        """Two that are made open each other's hashes."""
        raise NotImplementedError

    @pytest.fixture
    def hasher(self) -> PasswordHasher:
        return self.make()

    @pytest.fixture(params=[True, False], ids=["on a loop", "without a loop"])
    def runs(self, request: pytest.FixtureRequest) -> Iterator[Runs]:
        with running(request.param) as runs:
            yield runs

    def test_a_password_verifies_against_its_own_hash_and_no_other(self, runs: Runs, hasher: PasswordHasher) -> None:
        stored = runs.run(hasher.hash(PASSWORD))
        assert runs.run(hasher.verify(stored, PASSWORD))
        assert [other for other in OTHERS if runs.run(hasher.verify(stored, other))] == []

    def test_any_text_can_be_a_password_and_all_of_it_counts(self, runs: Runs, hasher: PasswordHasher) -> None:
        """Stops long passwords from being cut, as bcrypt does after 72 bytes, and others after a NUL."""
        for password in ODD:
            stored = runs.run(hasher.hash(password))
            assert runs.run(hasher.verify(stored, password)), ascii(password)
            assert not runs.run(hasher.verify(stored, password + "x")), ascii(password)

    def test_another_process_opens_what_this_one_hashed(self, runs: Runs, hasher: PasswordHasher) -> None:
        assert runs.run(self.make().verify(runs.run(hasher.hash(PASSWORD)), PASSWORD))

    def test_hashes_are_salted_and_say_nothing(self, runs: Runs, hasher: PasswordHasher) -> None:
        """Stops one cracked hash from opening every account with that password."""
        one, other = (runs.run(hasher.hash(PASSWORD)) for _ in range(2))
        assert one != other
        assert 1 <= len(one) <= 500, "what a person's row has room for"
        assert PASSWORD[:6] not in one

    def test_without_a_stored_hash_nothing_verifies(self, runs: Runs, hasher: PasswordHasher) -> None:
        """Stops logging in as somebody unknown."""
        assert [p for p in (PASSWORD, *ODD) if runs.run(hasher.verify(None, p))] == []

    def test_whether_there_is_a_hash_cannot_be_told_by_the_time(self, hasher: PasswordHasher) -> None:
        """Stops whoever tries addresses from learning which ones have an account."""
        stored = drive(hasher.hash(PASSWORD))
        unknown = _seconds(lambda: hasher.verify(None, "wrong"))
        wrong = _seconds(lambda: hasher.verify(stored, "wrong"))
        assert wrong / LIKE_A_WRONG_ONE < unknown < wrong * LIKE_A_WRONG_ONE

    @pytest.mark.parametrize("stored", NO_HASHES)
    def test_what_is_no_hash_opens_nothing(self, runs: Runs, hasher: PasswordHasher, stored: str) -> None:
        """Stops a row that was brought over from elsewhere from failing every sign-in, or from letting one pass."""
        assert not runs.run(hasher.verify(stored, PASSWORD))

    def test_todays_hash_is_not_outdated_and_a_weaker_one_is(self, runs: Runs, hasher: PasswordHasher) -> None:
        assert not hasher.outdated(runs.run(hasher.hash(PASSWORD)))
        assert hasher.outdated(self.WEAKER)

    def test_an_event_loops_own_thread_does_none_of_the_work(self, hasher: PasswordHasher) -> None:
        """Stops one sign-in from holding up every other call."""

        async def worked() -> float:
            stored = await hasher.hash(PASSWORD)
            started = time.thread_time()
            for _ in range(3):
                await hasher.hash(PASSWORD)
                await hasher.verify(stored, PASSWORD)
                await hasher.verify(None, PASSWORD)
            return (time.thread_time() - started) / 9

        assert asyncio.run(worked()) < ON_THE_LOOP_S

    def test_whoever_has_a_turn_may_hash_and_the_next_has_one_after_them(
        self, runs: Runs, hasher: PasswordHasher
    ) -> None:
        async def one_after_the_other() -> list[bool]:
            verified = []
            for _ in range(3 + (self.INSIDE or 0)):
                with suppress(Gone):
                    async with hasher.turn():
                        verified.append(await hasher.verify(None, PASSWORD))
                        raise Gone
            return verified

        assert set(runs.run(one_after_the_other())) == {False}

    def test_no_more_have_a_turn_than_keep_it_busy_and_the_first_to_come_is_the_next(
        self, hasher: PasswordHasher
    ) -> None:
        """Stops a storm of sign-ins from being read and counted at once, while other calls wait behind all of it."""
        waiting = self.INSIDE or 6
        many = waiting + 4
        first = list(range(self.INSIDE or many))
        everybody = [n for n in range(many) if self.INSIDE is None or n != waiting]
        for _ in range(2):  # another event loop has turns of its own
            seen = asyncio.run(_storm(hasher, many, gives_up_inside=waiting - 1, gives_up_waiting=waiting))
            assert seen[0] == first
            assert seen[1] == (first if self.INSIDE is None else [*first, waiting + 1])
            assert seen[2] == everybody

    def test_without_an_event_loop_nobody_waits_for_a_turn(self, hasher: PasswordHasher) -> None:
        """Stops a store that never waits from standing still: nobody else could end their turn."""

        async def within(depth: int) -> int:
            if not depth:
                return 0
            async with hasher.turn():
                return 1 + await within(depth - 1)

        assert drive(within(3 + (self.INSIDE or 0))) == 3 + (self.INSIDE or 0)


async def _storm(hasher: PasswordHasher, many: int, *, gives_up_inside: int, gives_up_waiting: int) -> list[list[int]]:
    """Who has come in so far: at first, once two have given up, and in the end."""
    order: list[int] = []
    leave = asyncio.Event()

    async def one(number: int) -> None:
        async with hasher.turn():
            order.append(number)
            await leave.wait()

    async def settled() -> list[int]:
        for _ in range(10):
            await asyncio.sleep(0)
        return list(order)

    tasks = [asyncio.create_task(one(number)) for number in range(many)]
    seen = [await settled()]
    tasks[gives_up_waiting].cancel()
    tasks[gives_up_inside].cancel()
    seen.append(await settled())
    leave.set()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [*seen, await settled()]


def _seconds(call: Callable[[], Coroutine[Any, Any, object]]) -> float:
    """What a call takes of this thread, at its fastest."""
    return min(_thread_time(call()) for _ in range(7))


def _thread_time(coroutine: Coroutine[Any, Any, object]) -> float:
    started = time.thread_time()
    drive(coroutine)
    return time.thread_time() - started
