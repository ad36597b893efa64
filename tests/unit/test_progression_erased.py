"""Who was erased: what they wrote may stay, and others like it, but nobody is there to be paid."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.support.people import Somebody, being_erased, member
from tests.support.writing import publish, within

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EraseAccount
from sparkle_core.application.content import React, Unreact
from sparkle_core.application.economy import BalanceOf
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery
from sparkle_core.application.progression import AwardXp, NextToBackfill, ProgressOf, Reach, ReverseXp, UnlockDue
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.progression import (
    CALENDARS,
    PERSON_COUNTERS,
    UNLOCKS,
    XP_ENTRIES,
    Achievement,
    CounterName,
    ProgressionRules,
    Reward,
)

LIKED = Achievement(name="liked", title="Liked", when="likes_received >= 2", reward=Reward(points=9))


def _ruled(achievement: Achievement) -> Rules:
    return Rules(progression=ProgressionRules(achievements=(achievement,)))


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7, rules=_ruled(LIKED))


def erased(sparkle: Sparkle, somebody: Somebody) -> None:
    being_erased(sparkle, somebody.id)
    sparkle.run_coroutine(sparkle.erase(somebody.id))


def kept_of(sparkle: Sparkle, somebody: Somebody) -> tuple[Any, ...]:
    """All that progression keeps of somebody, and their points."""
    mine = eq("user_id", somebody.id)
    return (
        within(sparkle, lambda work: work.store.get(CALENDARS, somebody.id)),
        within(sparkle, lambda work: work.store.get(PERSON_COUNTERS, somebody.id)),
        within(sparkle, lambda work: work.store.page(XP_ENTRIES, mine)),
        within(sparkle, lambda work: work.store.page(UNLOCKS, mine)),
        sparkle.run(ProgressOf(user_id=somebody.id), actor=SYSTEM),
        sparkle.run(BalanceOf(user_id=somebody.id), actor=SYSTEM),
    )


def test_who_was_erased_earns_nothing_by_what_stays_of_theirs(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops points of nobody, and rows about them that had gone. The worker takes it as final: nothing waits."""
    eve, post = member(sparkle, "eve"), publish(sparkle, ada)
    sparkle.run(React(target_id=post), actor=bob.actor)
    erased(sparkle, ada)
    before = kept_of(sparkle, ada)
    assert before[0] is None
    sparkle.run(React(target_id=post), actor=eve.actor)
    sparkle.run(Unreact(target_id=post), actor=bob.actor)
    assert kept_of(sparkle, ada) == before
    waiting = within(sparkle, lambda work: work.store.find(OUTBOX, eq("delivery", Delivery.PENDING)))
    parked = within(sparkle, lambda work: work.store.find(OUTBOX, eq("delivery", Delivery.PARKED)))
    assert (waiting, parked) == ([], [])


LATE: list[Callable[[UserId], Command[Any]]] = [
    lambda id: AwardXp(user_id=id, amount=5, source="gift", subject="late"),
    lambda id: ReverseXp(user_id=id, source="account_created", subject="account"),
    lambda id: Reach(user_id=id, counter=CounterName.STREAK_DAYS, number=3),
    lambda id: UnlockDue(user_id=id),
]


@pytest.mark.parametrize("late", LATE, ids=["AwardXp", "ReverseXp", "Reach", "UnlockDue"])
def test_it_ends_with_erasing_and_not_while_they_can_still_stay(
    sparkle: Sparkle, ada: Somebody, late: Callable[[UserId], Command[Any]]
) -> None:
    sparkle.run(EraseAccount(user_id=ada.id), actor=SYSTEM)
    sparkle.run(late(ada.id), actor=SYSTEM)
    erased(sparkle, ada)
    with pytest.raises(NotFound, match="person"):
        sparkle.run(late(ada.id), actor=SYSTEM)


def test_who_was_erased_is_due_nothing_when_everybody_is_gone_through() -> None:
    before = in_memory(seed=7)
    people = [member(before, name) for name in ("ada", "bob")]
    erased(before, people[0])
    here = Achievement(name="here", title="Here", when="level >= 1")
    sparkle = in_memory(seed=8, rules=_ruled(here), through=lambda _: before.store)
    page = sparkle.run(NextToBackfill(), actor=SYSTEM)
    assert (page.looked_at, page.due) == (tuple(p.id for p in people), (people[1].id,))
