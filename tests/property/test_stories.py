"""The kit's state machines as somebody outside uses them: one a context, on a composition of their own."""

import importlib
import pkgutil
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sparkle_bootstrap import Settings, connect, in_memory
from sparkle_core.application import catalog
from sparkle_core.application.rules import Rules
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.money import Rate
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.progression import (
    Achievement,
    CounterName,
    Objective,
    ProgressionRules,
    Quest,
    QuestKind,
    Reward,
)
from sparkle_core.domain.progression.achievements import ACHIEVEMENTS
from sparkle_core.domain.progression.quests import QUESTS
from sparkle_core.testing import stories
from sparkle_core.testing.stories import AccountsStory, Community, EconomyStory, Story

CASH = Rate(name="cash", source=Currency.SPARKLE, target=Currency.USD, numerator=85, denominator=1)
TOGETHER = Quest(
    name="together",
    title="Together",
    kind=QuestKind.COMMUNITY,
    objectives=(Objective(counter=CounterName.COMMENTS_POSTED, target=7),),
    reward=Reward(points=3),
    starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    ends_at=datetime(2026, 1, 9, tzinfo=UTC),
    repeat_days=10,
    each_at_most=4,
)
CHATTY = Achievement(
    name="chatty",
    title="Chatty",
    when="comments_posted >= 3 or streak_days >= 7 or level >= 4",
    reward=Reward(xp=5, points=2),
)
RULES = Rules(
    economy=EconomyRules(rates=(CASH,)),
    progression=ProgressionRules(quests=(*QUESTS, TOGETHER), achievements=(*ACHIEVEMENTS, CHATTY)),
)
"""Those there are by default, and what a short story reaches of each sort."""
MACHINES = [getattr(stories, name) for name in stories.__all__ if name.endswith("Story") and name != "Story"]
SHORT = settings(
    max_examples=8,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)


class InMemory(Story):
    """One community in memory, where points can be changed into money."""

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        return {"memory": in_memory(7, rules=RULES, inline=False)}


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_each_machine_runs_by_itself_against_a_composition_of_ones_own(machine: type[Story]) -> None:
    run_state_machine_as_test(type(machine.__name__, (InMemory, machine), {}), settings=SHORT)


class Alike(EconomyStory):
    """Two communities, to be compared."""

    seeds = (7, 7)

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        first, second = self.seeds
        return {"first": in_memory(first, inline=False), "second": in_memory(second, inline=False)}


class Unlike(Alike):
    seeds = (7, 8)


def test_two_communities_of_one_seed_are_told_one_story() -> None:
    run_state_machine_as_test(Alike, settings=settings(SHORT, max_examples=3))


def test_two_that_answer_differently_are_named_with_what_they_said() -> None:
    with pytest.raises(AssertionError, match=r"Register.*\nfirst says .*\nsecond says "):
        run_state_machine_as_test(Unlike, settings=settings(SHORT, max_examples=1))


def test_a_story_without_communities_says_what_to_say() -> None:
    with pytest.raises(NotImplementedError, match="AccountsStory says no `make`"):
        AccountsStory()


def test_a_story_told_to_nobody_is_refused() -> None:
    class ToNobody(Story):
        def make(self) -> Mapping[str, AbstractContextManager[Community]]:
            return {}

    with pytest.raises(Invalid, match="communities: must be one or more"):
        ToNobody()


def test_a_community_whose_time_cannot_be_told_to_pass_is_refused_by_name(tmp_path: Path) -> None:
    class InRealTime(Story):
        def make(self) -> Mapping[str, AbstractContextManager[Community]]:
            return {"hurried": connect(f"sqlite:///{tmp_path}/it.db", settings=Settings(key=bytes(32)))}

    with pytest.raises(Invalid, match="hurried: has a SystemWorld, whose time cannot be told to pass"):
        InRealTime()


def test_every_command_and_query_of_people_is_told_in_some_story() -> None:
    """What only the worker asks for follows from what they do."""
    modules = [importlib.import_module(m.name) for m in pkgutil.walk_packages(stories.__path__, f"{stories.__name__}.")]
    named = {id(value) for module in modules for value in vars(module).values()}
    untold = [u.request.__name__ for u in catalog.USE_CASES if id(u.request) not in named]
    of_people = {u.request.__name__ for u in catalog.USE_CASES if u.permission is not Permission.DELIVER}
    assert not of_people & set(untold)


@pytest.mark.soak
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.__name__)
def test_each_machine_for_long(machine: type[Story]) -> None:
    long = settings(SHORT, max_examples=60, stateful_step_count=60, derandomize=False)
    run_state_machine_as_test(type(machine.__name__, (InMemory, machine), {}), settings=long)
