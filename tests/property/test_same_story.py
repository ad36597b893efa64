"""One random story, told to memory, SQLite and PostgreSQL alike: the same answers, refusals and rows."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings

from sparkle_core.testing.stories import AccountsStory, Community, WholeStory
from tests.communities import STORES, WITH_VALKEY, community

EVERY_CHECK = tuple(HealthCheck)


class OnOneMachine(WholeStory):
    """On the stores that need no server, where a step costs little."""

    stores: ClassVar[tuple[str, ...]] = ("memory", "sqlite")

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        return {store: community(store, seed=0) for store in self.stores}


class OfAccounts(AccountsStory):
    """What people do to get in and out, with limits counted and sessions remembered on Valkey."""

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        return {store: community(store, seed=0) for store in ("memory", WITH_VALKEY)}


class Everywhere(OnOneMachine):
    """On every store."""

    stores = STORES


class ForLong(Everywhere):
    """On every store, for as long as a soak lasts."""


def told(examples: int, steps: int) -> settings:
    """The same stories each time."""
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        print_blob=True,
        suppress_health_check=EVERY_CHECK,
    )


TestTheSameStoryWithoutAServer = OnOneMachine.TestCase
TestTheSameStoryWithoutAServer.settings = told(14, 40)

TestTheSameStoryOfAccountsOnValkey = OfAccounts.TestCase
TestTheSameStoryOfAccountsOnValkey.settings = told(3, 40)

TestTheSameStoryOnEveryStore = Everywhere.TestCase
TestTheSameStoryOnEveryStore.settings = told(5, 40)

TestNewStoriesOnEveryStore = pytest.mark.soak(ForLong.TestCase)
TestNewStoriesOnEveryStore.settings = settings(told(100, 80), derandomize=False, database=None)
