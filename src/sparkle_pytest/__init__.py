"""Fixtures for pytest: a community in memory, its clock and its rules. Loaded by pytest itself.

Define `rules` or `sparkle_seed` of your own to have the community made with them. Nothing of
Sparkle is imported before a test asks for one of these.
"""

from collections.abc import Iterator
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Make the contracts' mark known."""
    config.addinivalue_line("markers", "soak: long ones, which a quick run leaves out by `-m 'not soak'`")


@pytest.fixture
def sparkle_seed() -> int:
    """The seed of the community's world: the same one gives the same ids, codes and instants."""
    return 0


@pytest.fixture
def rules() -> Any:
    """The rules (`sparkle_core.application.rules.Rules`): the defaults."""
    from sparkle_core.application.rules import Rules

    return Rules()


@pytest.fixture
def sparkle(sparkle_seed: int, rules: Any) -> Iterator[Any]:
    """A community in memory (`sparkle_bootstrap.Sparkle`), closed when the test ends."""
    from sparkle_bootstrap import in_memory

    with in_memory(sparkle_seed, rules=rules) as community:
        yield community


@pytest.fixture
def world(sparkle: Any) -> Any:
    """The community's `SeededWorld`: `world.advance(timedelta(days=1))` lets time pass."""
    return sparkle.world
