"""The contract of `RateLimiter`, held against every adapter."""

from collections.abc import Callable

import pytest

from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.ports.security import RateLimiter, Verdict
from sparkle_core.ports.store import Store
from tests.contract.conftest import Stage
from tests.contract.shapes import later

THREE = RateTier(limit=3, window_s=60)
LOCKING = RateTier(limit=3, window_s=60, locks=True)

Take = Callable[..., Verdict]


@pytest.fixture
def take(stage: Stage[Store], limiter: RateLimiter) -> Take:
    """Take at a second after noon."""

    def at(second: int, tier: RateTier = THREE, key: str = "ada") -> Verdict:
        return stage.run(limiter.take(key, tier, later(seconds=second)))

    return at


def test_as_many_as_the_limit_pass_in_a_window(take: Take) -> None:
    assert [take(s) for s in (0, 10, 20, 30)] == [
        Verdict(True, 3, 2, 60),
        Verdict(True, 3, 1, 50),
        Verdict(True, 3, 0, 40),
        Verdict(False, 3, 0, 30),
    ]


def test_a_window_starts_at_its_first_hit_and_ends_for_good(take: Take) -> None:
    assert [take(s).allowed for s in (50, 51, 52, 109)] == [True, True, True, False]
    assert take(110) == Verdict(True, 3, 2, 60)


def test_refused_hits_change_nothing(take: Take) -> None:
    for s in (0, 1, 2):
        take(s)
    assert [take(s).allowed for s in range(3, 60)] == [False] * 57
    assert take(60).allowed
    assert take(60, RateTier(limit=4, window_s=60)).remaining == 2


def test_a_tier_that_locks_starts_anew_at_the_last_hit_allowed(take: Take) -> None:
    assert [take(s, LOCKING).allowed for s in (0, 1, 40)] == [True, True, True]
    assert take(61, LOCKING) == Verdict(False, 3, 0, 39)
    assert not take(99, LOCKING).allowed
    assert take(100, LOCKING) == Verdict(True, 3, 2, 60)


def test_a_tier_that_locks_holds_one_try_too(take: Take) -> None:
    once = RateTier(limit=1, window_s=60, locks=True)
    assert [take(s, once).allowed for s in (0, 59, 60)] == [True, False, True]


def test_a_limit_of_nothing_lets_nothing_pass(take: Take) -> None:
    assert not take(0, RateTier(limit=0, window_s=60)).allowed
    assert not take(1, RateTier(limit=0, window_s=60)).allowed


def test_keys_do_not_share_a_window(take: Take) -> None:
    for s in (0, 1, 2):
        take(s)
    assert not take(3).allowed
    assert take(3, key="Ada").allowed
    assert take(3, key="ben").allowed


def test_seconds_left_are_rounded_up(stage: Stage[Store], limiter: RateLimiter) -> None:
    stage.run(limiter.take("ada", THREE, later(milliseconds=0)))
    assert stage.run(limiter.take("ada", THREE, later(milliseconds=1))).resets_in_s == 60
    assert stage.run(limiter.take("ada", THREE, later(milliseconds=59_999))).resets_in_s == 1


def test_clearing_forgets_a_key(take: Take, stage: Stage[Store], limiter: RateLimiter) -> None:
    for s in (0, 1, 2):
        take(s)
    stage.run(limiter.clear("ada"))
    stage.run(limiter.clear("nobody"))
    assert take(3) == Verdict(True, 3, 2, 60)


def test_of_many_in_parallel_as_many_as_the_limit_pass(stage: Stage[Store], limiter: RateLimiter) -> None:
    tier = RateTier(limit=10, window_s=60, locks=True)
    verdicts = stage.together([lambda: limiter.take("ada", tier, later(seconds=1))] * 200)
    assert len([v for v in verdicts if isinstance(v, Verdict) and v.allowed]) == 10
    assert len([v for v in verdicts if isinstance(v, Verdict)]) == 200


def test_windows_that_ended_can_be_removed(take: Take, stage: Stage[Store], limiter: RateLimiter) -> None:
    for n in range(5):
        take(n * 10, key=str(n))
    assert stage.run(limiter.expire(later(seconds=80))) == 3
    assert stage.run(limiter.expire(later(seconds=80))) == 0
    assert take(80, key="4").remaining == 1
