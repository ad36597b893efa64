"""One random story, told to memory, SQLite and PostgreSQL alike: the same answers, refusals and rows."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings

from sparkle_bootstrap import in_memory
from sparkle_core.testing.stories import AccountsStory, Community, WholeStory
from sparkle_dbm.leaderboards import DbmLeaderboards
from sparkle_dbm.store import DbmStore
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


class OnTheExample(WholeStory):
    """The store that docs/write-an-adapter.md builds, with the leaderboards that go with it."""

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        return {"memory": community("memory"), "dbm": on_dbm()}


@contextmanager
def on_dbm() -> Iterator[Community]:
    with (
        tempfile.TemporaryDirectory(prefix="sparkle-") as folder,
        in_memory(0, through=lambda _: DbmStore(Path(folder)), boards=DbmLeaderboards(), inline=False) as sparkle,
    ):
        yield sparkle


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
TestTheSameStoryWithoutAServer.settings = told(10, 40)

TestTheSameStoryOnTheExample = OnTheExample.TestCase
TestTheSameStoryOnTheExample.settings = told(3, 40)

TestTheSameStoryOfAccountsOnValkey = OfAccounts.TestCase
TestTheSameStoryOfAccountsOnValkey.settings = told(3, 40)

TestTheSameStoryOnEveryStore = Everywhere.TestCase
TestTheSameStoryOnEveryStore.settings = told(5, 40)

TestNewStoriesOnEveryStore = pytest.mark.soak(ForLong.TestCase)
TestNewStoriesOnEveryStore.settings = settings(told(100, 80), derandomize=False, database=None)
