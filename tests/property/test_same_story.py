"""One random story, told to memory, SQLite and PostgreSQL alike: the same answers, refusals and rows."""

import pytest
from hypothesis import HealthCheck, settings

from tests.communities import STORES
from tests.property.story_accounts import AccountSteps
from tests.property.story_content import ContentSteps
from tests.property.story_economy import EconomySteps
from tests.property.story_moderation import ModerationSteps

EVERY_CHECK = tuple(HealthCheck)


class ShortStory(AccountSteps, EconomySteps, ContentSteps, ModerationSteps):
    """All steps of all contexts, on all stores."""

    stores = STORES


class LongStory(ShortStory):
    """The same steps, for longer."""


TestTheSameStoryOnEveryStore = ShortStory.TestCase
TestTheSameStoryOnEveryStore.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, derandomize=True, suppress_health_check=EVERY_CHECK
)

TestTheSameLongStoryOnEveryStore = pytest.mark.soak(LongStory.TestCase)
TestTheSameLongStoryOnEveryStore.settings = settings(
    max_examples=300,
    stateful_step_count=120,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=EVERY_CHECK,
)
