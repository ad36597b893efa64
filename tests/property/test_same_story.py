"""One random story, told to memory, SQLite and PostgreSQL alike: the same answers, refusals and rows."""

import pytest
from hypothesis import HealthCheck, settings

from tests.communities import STORES, WITH_VALKEY
from tests.property.story_accounts import AccountSteps
from tests.property.story_content import ContentSteps
from tests.property.story_economy import EconomySteps
from tests.property.story_leaderboards import LeaderboardSteps
from tests.property.story_moderation import ModerationSteps
from tests.property.story_reading import Reading
from tests.property.story_store import StoreSteps

EVERY_CHECK = tuple(HealthCheck)


class Story(AccountSteps, EconomySteps, LeaderboardSteps, StoreSteps, ContentSteps, ModerationSteps, Reading):
    """All steps of all contexts, and everything read at the end."""


class OnOneMachine(Story):
    """On the stores that need no server, where a step costs little."""

    stores = ("memory", "sqlite")


class OfAccounts(AccountSteps):
    """What people do to get in and out, with limits counted and sessions remembered on Valkey."""

    stores = ("memory", WITH_VALKEY)


class Everywhere(Story):
    """On every store."""

    stores = STORES


class ForLong(Story):
    """On every store, for as long as a soak lasts."""

    stores = STORES


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
TestTheSameStoryWithoutAServer.settings = told(20, 40)

TestTheSameStoryOfAccountsOnValkey = OfAccounts.TestCase
TestTheSameStoryOfAccountsOnValkey.settings = told(3, 40)

TestTheSameStoryOnEveryStore = Everywhere.TestCase
TestTheSameStoryOnEveryStore.settings = told(5, 40)

TestNewStoriesOnEveryStore = pytest.mark.soak(ForLong.TestCase)
TestNewStoriesOnEveryStore.settings = settings(told(100, 80), derandomize=False, database=None)
