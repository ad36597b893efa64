"""The contract of `BreachedPasswords`, held against every adapter."""

from collections.abc import Iterator
from typing import ClassVar

import pytest

from sparkle_core.ports.security import BreachedPasswords
from sparkle_core.testing.contracts.staging import Runs, running


class BreachedPasswordsContract:
    """What is known is known, and any other text is not. Say a fixture `breached`, and passwords that it knows."""

    known: ClassVar[tuple[str, ...]] = ("password", "dragon", "letmein")
    waits: ClassVar[bool] = False

    @pytest.fixture
    def breached(self) -> BreachedPasswords:
        raise NotImplementedError("a fixture `breached` of your own answers the adapter")

    @pytest.fixture
    def runs(self) -> Iterator[Runs]:
        with running(self.waits) as runs:
            yield runs

    def test_what_is_known_is_known_each_time(self, runs: Runs, breached: BreachedPasswords) -> None:
        for _ in range(2):
            assert [runs.run(breached.contains(password)) for password in self.known] == [True] * len(self.known)

    @pytest.mark.parametrize(
        "password",
        ["", " ", "Corr3ct-horse-battery", "\u65e5\u672c\u8a9e", "\ud800", "x" * 1_024, "a\r\nb\0"],
        ids=ascii,
    )
    def test_any_other_text_is_not(self, runs: Runs, breached: BreachedPasswords, password: str) -> None:
        assert not runs.run(breached.contains(password))

    def test_many_at_once_are_told_apart(self, runs: Runs, breached: BreachedPasswords) -> None:
        asked = [self.known[n % len(self.known)] if n % 2 else f"Corr3ct-horse-{n}" for n in range(60)]
        found = runs.together([lambda p=p: breached.contains(p) for p in asked])  # type: ignore[misc]
        assert found == [n % 2 == 1 for n in range(60)]
