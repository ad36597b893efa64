"""The contract of `Cache`, held against every adapter."""

import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from sparkle_core.ports.cache import Cache
from sparkle_core.testing.contracts.staging import Runs, running

MINUTE_S = 60.0
WITHIN_S = 10.0
"""How long a test waits for a text to run out that should be gone after a hundredth of a second."""


class CacheContract:
    """Texts come out as they went in, until they run out or are dropped.

    Say `make`, and `waits` where the cache needs an event loop; or the fixtures `cache` and `runs`.
    """

    waits: ClassVar[bool] = False

    def make(self) -> Cache:
        """A cache with nothing in it."""
        raise NotImplementedError

    @pytest.fixture
    def cache(self) -> Cache:
        return self.make()

    @pytest.fixture
    def runs(self) -> Iterator[Runs]:
        with running(self.waits) as runs:
            yield runs

    def test_what_was_never_put_is_a_miss(self, runs: Runs, cache: Cache) -> None:
        assert runs.run(cache.get("ada")) is None

    @pytest.mark.parametrize("text", ["", "x", "Ада 🎨 \n\0\r\n", "None", "x" * 100_000], ids=lambda text: text[:4])
    def test_a_text_comes_out_as_it_went_in(self, runs: Runs, cache: Cache, text: str) -> None:
        runs.run(cache.put("ada", text, MINUTE_S))
        assert runs.run(cache.get("ada")) == text
        assert runs.run(cache.get("ada")) == text

    def test_keys_are_told_apart(self, runs: Runs, cache: Cache) -> None:
        for key in ("ada", "Ada", "ada:1", "ада", "ada "):
            runs.run(cache.put(key, f"of {key}", MINUTE_S))
        for key in ("ada", "Ada", "ada:1", "ада", "ada "):
            assert runs.run(cache.get(key)) == f"of {key}"

    def test_the_last_one_put_stays(self, runs: Runs, cache: Cache) -> None:
        for text in ("one", "two"):
            runs.run(cache.put("ada", text, MINUTE_S))
        assert runs.run(cache.get("ada")) == "two"

    def test_what_is_dropped_is_gone_and_dropping_nothing_is_nothing(self, runs: Runs, cache: Cache) -> None:
        runs.run(cache.put("ada", "one", MINUTE_S))
        runs.run(cache.put("ben", "one", MINUTE_S))
        for _ in range(2):
            runs.run(cache.drop("ada"))
            assert runs.run(cache.get("ada")) is None
        assert runs.run(cache.get("ben")) == "one"

    def test_a_text_runs_out(self, runs: Runs, cache: Cache) -> None:
        runs.run(cache.put("ada", "one", 0.01))
        runs.run(cache.put("ben", "one", MINUTE_S))
        self.until_gone(runs, cache, "ada")
        assert runs.run(cache.get("ben")) == "one"

    def test_a_text_put_anew_lives_by_its_new_time(self, runs: Runs, cache: Cache) -> None:
        runs.run(cache.put("ada", "one", MINUTE_S))
        runs.run(cache.put("ada", "two", 0.01))
        self.until_gone(runs, cache, "ada")

    def until_gone(self, runs: Runs, cache: Cache, key: str) -> None:
        until = time.monotonic() + WITHIN_S
        while runs.run(cache.get(key)) is not None:
            assert time.monotonic() < until, f"{key} is still there"

    def test_many_at_once_keep_to_their_own_keys(self, runs: Runs, cache: Cache) -> None:
        async def put_and_get(number: int) -> str | None:
            await cache.put(f"fan{number}", str(number), MINUTE_S)
            return await cache.get(f"fan{number}")

        found = runs.together([lambda n=n: put_and_get(n) for n in range(200)])  # type: ignore[misc]
        assert found == [str(n) for n in range(200)]
