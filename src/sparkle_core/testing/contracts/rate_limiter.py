"""The contract of `RateLimiter`, held against every adapter."""

from collections.abc import Callable, Iterator
from typing import ClassVar

import pytest

from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import RateLimiter, Verdict
from sparkle_core.testing.contracts.shapes import later
from sparkle_core.testing.contracts.staging import Runs, running

THREE = RateTier(limit=3, window_s=60)

LOCKING = RateTier(limit=3, window_s=60, locks=True)

Take = Callable[..., Verdict]


class RateLimiterContract:
    """Windows to the second, and never more than the limit.

    Say `make`, and `waits` where the limiter needs an event loop; or the fixtures `limiter` and `runs`.
    """

    waits: ClassVar[bool] = False

    def make(self) -> RateLimiter:
        """A limiter that has counted nothing yet."""
        raise NotImplementedError

    @pytest.fixture
    def limiter(self) -> RateLimiter:
        return self.make()

    @pytest.fixture
    def runs(self) -> Iterator[Runs]:
        with running(self.waits) as runs:
            yield runs

    @pytest.fixture
    def take(self, runs: Runs, limiter: RateLimiter) -> Take:
        """Take at a second after noon."""

        def at(second: int, tier: RateTier = THREE, key: str = "ada") -> Verdict:
            return runs.run(limiter.take(key, tier, later(seconds=second)))

        return at

    def test_as_many_as_the_limit_pass_in_a_window(self, take: Take) -> None:
        assert [take(s) for s in (0, 10, 20, 30)] == [
            Verdict(True, 3, 2, 60),
            Verdict(True, 3, 1, 50),
            Verdict(True, 3, 0, 40),
            Verdict(False, 3, 0, 30),
        ]

    def test_a_window_starts_at_its_first_hit_and_ends_for_good(self, take: Take) -> None:
        assert [take(s).allowed for s in (50, 51, 52, 109)] == [True, True, True, False]
        assert take(110) == Verdict(True, 3, 2, 60)

    def test_refused_hits_change_nothing(self, take: Take) -> None:
        for s in (0, 1, 2):
            take(s)
        assert [take(s).allowed for s in range(3, 60)] == [False] * 57
        assert take(60).allowed
        assert take(60, RateTier(limit=4, window_s=60)).remaining == 2

    def test_a_tier_that_locks_starts_anew_at_the_last_hit_allowed(self, take: Take) -> None:
        assert [take(s, LOCKING).allowed for s in (0, 1, 40)] == [True, True, True]
        assert take(61, LOCKING) == Verdict(False, 3, 0, 39)
        assert not take(99, LOCKING).allowed
        assert take(100, LOCKING) == Verdict(True, 3, 2, 60)

    def test_a_tier_that_locks_holds_one_try_too(self, take: Take) -> None:
        once = RateTier(limit=1, window_s=60, locks=True)
        assert [take(s, once).allowed for s in (0, 59, 60)] == [True, False, True]

    def test_a_limit_of_nothing_lets_nothing_pass(self, take: Take) -> None:
        assert not take(0, RateTier(limit=0, window_s=60)).allowed
        assert not take(1, RateTier(limit=0, window_s=60)).allowed

    def test_keys_do_not_share_a_window(self, take: Take) -> None:
        for s in (0, 1, 2):
            take(s)
        assert not take(3).allowed
        assert take(3, key="Ada").allowed
        assert take(3, key="ben").allowed

    def test_seconds_left_are_rounded_up(self, runs: Runs, limiter: RateLimiter) -> None:
        runs.run(limiter.take("ada", THREE, later(milliseconds=0)))
        assert runs.run(limiter.take("ada", THREE, later(milliseconds=1))).resets_in_s == 60
        assert runs.run(limiter.take("ada", THREE, later(milliseconds=59_999))).resets_in_s == 1

    def test_clearing_forgets_a_key(self, take: Take, runs: Runs, limiter: RateLimiter) -> None:
        for s in (0, 1, 2):
            take(s)
        runs.run(limiter.clear("ada"))
        runs.run(limiter.clear("nobody"))
        assert take(3) == Verdict(True, 3, 2, 60)

    def test_of_many_in_parallel_as_many_as_the_limit_pass(self, runs: Runs, limiter: RateLimiter) -> None:
        tier = RateTier(limit=10, window_s=60, locks=True)
        verdicts = runs.together([lambda: limiter.take("ada", tier, later(seconds=1))] * 200)
        assert len([v for v in verdicts if isinstance(v, Verdict) and v.allowed]) == 10
        assert len([v for v in verdicts if isinstance(v, Verdict)]) == 200

    def test_windows_that_ended_can_be_removed(self, take: Take, runs: Runs, limiter: RateLimiter) -> None:
        for n in range(5):
            take(n * 10, key=str(n))
        assert runs.run(limiter.expire(later(seconds=80))) == 3
        assert runs.run(limiter.expire(later(seconds=80))) == 0
        assert take(80, key="4").remaining == 1
