"""A week in leagues comes to the same, whoever settles it, in whatever order, how often, whatever breaks meanwhile."""

from datetime import timedelta
from functools import cache
from typing import Any

from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.leaderboards import MyLeague, SettleLeagues
from sparkle_core.application.progression import AwardXp
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.domain.leaderboards import LeaderboardRules
from sparkle_core.domain.leaderboards.leagues import LEAGUE_MEMBERS, SEATS, Outcome
from sparkle_core.ports.store import Body, Store, Transaction
from tests.support.people import Somebody, member
from tests.unit.test_leagues import MONDAY, SMALL, WEEK

PEOPLE = range(8)


@define(eq=False)
class Breaking:
    """A store whose transactions break when told to: before anything, or when all was done and nothing committed."""

    store: Store
    breaks: list[str]
    waits: bool = False

    async def transact(self, body: Body[Any]) -> Any:
        how = self.breaks.pop() if self.breaks else "not"
        if how == "before":
            raise Unavailable("the database")

        async def breaking(tx: Transaction) -> Any:
            answer = await body(tx)
            await tx.records.flush()
            if how == "in the end":
                raise Unavailable("the database")
            return answer

        answer = await self.store.transact(breaking)
        if how == "after":
            raise Unavailable("the answer")
        return answer

    async def read(self, body: Body[Any], *, one_statement: bool = False) -> Any:
        return await self.store.read(body, one_statement=one_statement)

    async def pause(self, seconds: float) -> None:
        await self.store.pause(seconds)

    async def close(self) -> None:
        await self.store.close()


def three_cohorts() -> tuple[Sparkle, list[Somebody], list[str]]:
    """Three cohorts in their first week; and the list that says how the next transactions break."""
    breaks: list[str] = []
    rules = Rules(leaderboards=LeaderboardRules(leagues=SMALL))
    sparkle = in_memory(seed=7, rules=rules, through=lambda store: Breaking(store, breaks))
    people = [member(sparkle, f"fan{n}") for n in PEOPLE]
    for n, who in enumerate(people):
        play(sparkle, who, 10 + n * 37 % 11, "first week")
    return sparkle, people, breaks


def a_week() -> tuple[Sparkle, list[Somebody], list[str]]:
    """The same when their week is over."""
    sparkle, people, breaks = three_cohorts()
    passes(sparkle, WEEK)
    return sparkle, people, breaks


def passes(sparkle: Sparkle, by: timedelta) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(by)


def play(sparkle: Sparkle, who: Somebody, amount: int, subject: str) -> None:
    award = AwardXp(user_id=who.id, amount=amount, source="gift", subject=subject)
    sparkle.run(award, actor=SYSTEM, key=f"{who.username} {subject}")


def came_to(sparkle: Sparkle, people: list[Somebody]) -> list[tuple[int, Outcome | None]]:
    """Everybody's tier, and what the first week came to."""

    async def body(tx: Transaction) -> list[tuple[int, Outcome | None]]:
        members = await tx.records.get_many(LEAGUE_MEMBERS, [who.id for who in people])
        seats = await tx.records.find(SEATS)
        decided = {seat.user_id: seat.outcome for seat in seats if seat.outcome is not None}
        return [(members[who.id].tier, decided.get(who.id)) for who in people]

    return sparkle.run_coroutine(sparkle.store.read(body))


def settle(sparkle: Sparkle) -> None:
    while sparkle.run(SettleLeagues(), actor=SYSTEM).cohorts:
        pass


@cache
def by_the_worker_alone() -> list[tuple[int, Outcome | None]]:
    sparkle, people, _ = a_week()
    settle(sparkle)
    return came_to(sparkle, people)


def test_by_itself_it_comes_to_what_the_board_says() -> None:
    assert [tier for tier, _ in by_the_worker_alone()].count(1) == 3
    assert all(outcome is not None for _, outcome in by_the_worker_alone())


steps = st.lists(
    st.tuples(
        st.sampled_from(("worker", *PEOPLE)),
        st.lists(st.sampled_from(("not", "before", "in the end", "after")), max_size=4),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_in_any_order_twice_and_through_crashes_it_comes_to_the_same(some: list[tuple[int | str, list[str]]]) -> None:
    sparkle, people, breaks = a_week()
    for who, broken in some:
        breaks[:] = broken
        try:
            if isinstance(who, int):
                play(sparkle, people[who], 1, "second week")
            else:
                sparkle.run(SettleLeagues(), actor=SYSTEM)
        except Unavailable:
            pass
    breaks.clear()
    passes(sparkle, WEEK / 100)  # past the leases of what broke
    sparkle.run_coroutine(sparkle.drain())
    settle(sparkle)
    settle(sparkle)
    assert came_to(sparkle, people) == by_the_worker_alone()
    for person, (tier, _) in zip(people, by_the_worker_alone(), strict=True):
        mine = sparkle.run(MyLeague(), actor=person.actor)
        assert mine.week == "2026-W01" or mine.tier == tier + 1  # who plays on does so in the tier that came of it


def sunday_and_monday(order: list[tuple[str, int]]) -> list[tuple[int, Outcome | None]]:
    """What the first week comes to when workers get to its last XP, and to the next week's first, in some order."""
    sparkle, people, _ = three_cohorts()
    passes(sparkle, MONDAY - timedelta(minutes=1))
    sunday = sparkle.world.moment().now
    passes(sparkle, timedelta(minutes=2))
    for day, n in order:
        at = sunday if day == "Sunday" else None
        late = AwardXp(user_id=people[n].id, amount=1 if n % 3 else 31, source="gift", subject=day, at=at)
        sparkle.run(late, actor=SYSTEM)
    passes(sparkle, timedelta(hours=1))
    sparkle.run_coroutine(sparkle.drain())
    settle(sparkle)
    return came_to(sparkle, people)


EVENTS = [(day, n) for day in ("Sunday", "Monday") for n in PEOPLE]
IN_THEIR_ORDER = cache(lambda: sunday_and_monday(EVENTS))


@settings(max_examples=25, deadline=None)
@given(st.permutations(EVENTS))
def test_whatever_order_workers_get_to_the_events_around_midnight_in_it_comes_to_the_same(
    order: list[tuple[str, int]],
) -> None:
    assert sunday_and_monday(order) == IN_THEIR_ORDER()
    assert IN_THEIR_ORDER() != by_the_worker_alone()  # Sunday's last XP does decide something
