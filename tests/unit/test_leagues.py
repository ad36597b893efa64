"""Leagues: cohorts of a week by seed and clock, and who goes up and down."""

from collections import Counter as Tally
from datetime import timedelta
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.support.children import child
from tests.support.people import Somebody, member, newcomer

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, VerifyEmail
from sparkle_core.application.leaderboards import CountScore, League, MyLeague, SettleLeagues, TakeSeat
from sparkle_core.application.progression import AwardXp
from sparkle_core.application.rules import Rules
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import SYSTEM, Status
from sparkle_core.domain.kernel.errors import Invalid, NotFound
from sparkle_core.domain.kernel.fields import UserId, uuid_of
from sparkle_core.domain.leaderboards import LeaderboardRules, LeagueRules, Metric
from sparkle_core.domain.leaderboards.leagues import Draw, Outcome, Zones, cohort_number, results, tier_after

WEEK = timedelta(days=7)
SMALL = LeagueRules(tiers=("Reed", "Brush", "Pen"), cohort_size=3, promoted=1, demoted=1)

P, S, D = Outcome.PROMOTED, Outcome.STAYED, Outcome.DEMOTED


def community(rules: LeagueRules = SMALL, seed: int = 7) -> Sparkle:
    return in_memory(seed=seed, rules=Rules(leaderboards=LeaderboardRules(leagues=rules)))


def passes(sparkle: Sparkle, by: timedelta = WEEK) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(by)


def award(sparkle: Sparkle, who: Somebody, amount: int, subject: str = "launch") -> None:
    sparkle.run(AwardXp(user_id=who.id, amount=amount, source="gift", subject=subject), actor=SYSTEM)


def league(sparkle: Sparkle, who: Somebody, week: str | None = None) -> League:
    return sparkle.run(MyLeague(week=week), actor=who.actor)


def told(sparkle: Sparkle, who: Somebody, week: str | None = None) -> list[tuple[str, int, Outcome]]:
    return [(row.username, row.score, row.outcome) for row in league(sparkle, who, week).rows]


def settled(sparkle: Sparkle) -> int:
    """How many cohorts there were to settle."""
    count = 0
    while sparkle.run(SettleLeagues(), actor=SYSTEM).cohorts:
        count += 1
    return count


def joined(sparkle: Sparkle, *names: str) -> list[Somebody]:
    """People with 30 XP for joining, and so with seats in this week."""
    return [member(sparkle, name) for name in names]


# the rules, by themselves


@given(st.integers(0, 9), st.integers(1, 6), st.integers(2, 40))
def test_no_cohort_gets_more_than_its_size_and_each_is_filled(seed: int, cohorts: int, size: int) -> None:
    dealt = [cohort_number(seed, "2026-W48", 0, cohorts, size, n) for n in range((cohorts + 2) * size)]
    assert Tally(dealt) == dict.fromkeys(range(cohorts + 2), size)


def test_the_seed_the_week_and_the_tier_decide_who_sits_together() -> None:
    def deal(seed: int = 0, week: str = "2026-W48", tier: int = 0) -> list[int]:
        return [cohort_number(seed, week, tier, 4, 30, n) for n in range(120)]

    assert deal() == deal()
    deals = [deal(), deal(seed=1), deal(week="2026-W49"), deal(tier=1)]
    assert all(one != other for one, other in permutations(deals, 2))
    assert len(set(deal()[:10])) > 1  # who come one after another do not sit together


def test_as_many_cohorts_are_dealt_into_as_the_week_before_filled() -> None:
    passed = Draw.opened("2026-W47", 0, SeededWorld().now, None, LeagueRules())
    assert passed.cohorts == 1
    for seats, cohorts in ((0, 1), (59, 1), (60, 2), (95, 3)):
        assert Draw.opened("2026-W48", 0, passed.ends_at, evolve(passed, seats=seats), LeagueRules()).cohorts == cohorts


@pytest.mark.parametrize(
    ("listed", "tier", "zones"),
    [
        (30, 1, (7, 7)),
        (30, 0, (7, 0)),
        (30, 4, (0, 7)),
        (10, 1, (3, 2)),
        (1, 1, (1, 0)),
        (0, 1, (0, 0)),
        (29, 1, (7, 6)),
    ],
)
def test_so_many_go_up_and_down(listed: int, tier: int, zones: tuple[int, int]) -> None:
    assert Zones.of(listed, tier, LeagueRules()) == Zones(*zones)


@given(st.integers(0, 100), st.integers(0, 4), st.integers(0, 15), st.integers(0, 15))
def test_nobody_goes_up_and_down_at_once(listed: int, tier: int, promoted: int, demoted: int) -> None:
    rules = LeagueRules(promoted=promoted, demoted=demoted)
    people = [(UserId(uuid_of(n)), 100 - n) for n in range(listed)]
    outcomes = [result.outcome for result in results(people, tier, rules).values()]
    assert outcomes == sorted(outcomes, key=[P, S, D].index)
    zones = Zones.of(listed, tier, rules)
    assert (outcomes.count(P), outcomes.count(D)) == (zones.promoted, zones.demoted)


def test_tiers_end_where_the_rules_end() -> None:
    rules = LeagueRules(tiers=("Reed", "Pen"))
    assert [tier_after(t, o, rules) for t, o in ((0, D), (0, P), (1, P), (1, S), (19, S))] == [0, 1, 1, 1, 1]
    assert rules.name_of(19) == "Pen"
    with pytest.raises(Invalid, match="promoted: must leave room"):
        LeagueRules(promoted=20, demoted=11)


# a week


def test_the_first_xp_of_a_week_gives_a_seat_and_cohorts_fill_one_after_another() -> None:
    sparkle = community()
    people = joined(sparkle, "ada", "bob", "cyd", "dee")
    award(sparkle, people[1], 5)
    assert told(sparkle, people[0]) == [("bob", 35, P), ("ada", 30, S), ("cyd", 30, S)]  # nobody falls from the lowest
    assert told(sparkle, people[3]) == [("dee", 30, P)]
    mine = league(sparkle, people[0])
    assert (mine.tier, mine.name, mine.week, mine.settled) == (1, "Reed", "2026-W01", False)
    assert mine.ends_at.isoformat() == "2026-01-05T00:00:00+00:00"


def test_who_has_no_seat_is_told_so() -> None:
    sparkle = community()
    (ada,) = joined(sparkle, "ada")
    with pytest.raises(NotFound, match="seat in a league"):
        league(sparkle, ada, week="2025-W52")
    passes(sparkle)
    assert league(sparkle, ada).week == "2026-W01"  # the last one there was


def test_the_worker_settles_what_is_over_and_the_next_week_is_played_a_tier_higher() -> None:
    sparkle = community()
    ada, bob, cyd = joined(sparkle, "ada", "bob", "cyd")
    award(sparkle, bob, 5)
    assert settled(sparkle) == 0
    passes(sparkle)
    assert settled(sparkle) == 1
    assert settled(sparkle) == 0
    assert league(sparkle, ada).settled
    award(sparkle, bob, 1, "next")
    award(sparkle, cyd, 1, "next")
    assert (league(sparkle, bob).tier, league(sparkle, cyd).tier) == (2, 1)
    assert told(sparkle, bob) == [("bob", 1, P)]
    assert told(sparkle, bob, week="2026-W01") == [("bob", 35, P), ("ada", 30, S), ("cyd", 30, S)]


def test_who_falls_behind_goes_down() -> None:
    sparkle = community()
    people = joined(sparkle, *(f"fan{n}" for n in range(9)))  # three cohorts, of which the first of each goes up
    passes(sparkle)
    for n, who in enumerate(people):
        award(sparkle, who, 100 - n, "second")
    higher = [who for who in people if league(sparkle, who).tier == 2]
    assert len(higher) == 3
    passes(sparkle)
    for who in people:
        award(sparkle, who, 1, "third")
    assert [league(sparkle, who).tier for who in higher] == [3, 2, 1]


def test_a_week_not_settled_by_the_worker_is_settled_by_who_plays_on() -> None:
    sparkle = community()
    ada, bob = joined(sparkle, "ada", "bob")
    award(sparkle, bob, 5)
    passes(sparkle)
    award(sparkle, bob, 1, "next")
    assert league(sparkle, bob).tier == 2
    assert league(sparkle, ada).settled
    assert settled(sparkle) == 0


def test_what_is_counted_after_a_week_was_settled_changes_nothing_of_it() -> None:
    sparkle = community()
    ada, bob, cyd = joined(sparkle, "ada", "bob", "cyd")
    award(sparkle, bob, 5)
    last = sparkle.world.moment().now
    passes(sparkle)
    settled(sparkle)
    sparkle.run(CountScore(user_id=cyd.id, metric=Metric.XP, by=500, at=last), actor=SYSTEM)
    for who in (ada, bob, cyd):
        award(sparkle, who, 1, "next")
    assert told(sparkle, ada, week="2026-W01") == [("bob", 35, P), ("ada", 30, S), ("cyd", 30, S)]
    assert [league(sparkle, who).tier for who in (ada, bob, cyd)] == [1, 2, 1]


def test_the_end_of_a_week_waits_for_what_happened_in_its_last_minutes() -> None:
    sparkle = community()
    joined(sparkle, "ada")
    passes(sparkle, timedelta(days=3, hours=12, minutes=30))  # half past midnight on Monday
    assert settled(sparkle) == 0
    passes(sparkle, timedelta(minutes=31))
    assert settled(sparkle) == 1


MONDAY = timedelta(days=3, hours=12)
"""From where seeded worlds begin, at noon on a Thursday, to the end of their first week."""


def test_what_was_earned_in_a_weeks_last_minutes_counts_though_somebody_plays_on_before_it_is_counted() -> None:
    """Stops the order in which workers get to events from deciding who goes up."""
    sparkle = community()
    ada, bob, cyd = joined(sparkle, "ada", "bob", "cyd")
    passes(sparkle, MONDAY - timedelta(minutes=1))
    sunday = sparkle.world.moment().now
    passes(sparkle, timedelta(minutes=2))
    award(sparkle, ada, 1, "early on Monday")
    late = AwardXp(user_id=bob.id, amount=70, source="gift", subject="late on Sunday", at=sunday)
    sparkle.run(late, actor=SYSTEM)
    assert told(sparkle, ada) == [("bob", 100, P), ("ada", 30, S), ("cyd", 30, S)]
    passes(sparkle, timedelta(hours=1))
    sparkle.run_coroutine(sparkle.drain())
    for who in (bob, cyd):
        award(sparkle, who, 1, "next")
    assert [(league(sparkle, who).tier, league(sparkle, who).week) for who in (ada, bob, cyd)] == [
        (1, "2026-W02"), (2, "2026-W02"), (1, "2026-W02")
    ]  # fmt: skip


def test_a_seat_in_the_new_week_comes_when_the_old_one_can_be_settled() -> None:
    sparkle = community()
    joined(sparkle, "ada")
    passes(sparkle, MONDAY + timedelta(minutes=1))
    (eve,) = joined(sparkle, "eve")
    with pytest.raises(NotFound, match="seat in a league"):
        league(sparkle, eve)
    passes(sparkle, timedelta(minutes=58))
    sparkle.run_coroutine(sparkle.drain())
    with pytest.raises(NotFound, match="seat in a league"):
        league(sparkle, eve)
    passes(sparkle, timedelta(minutes=2))
    sparkle.run_coroutine(sparkle.drain())
    assert league(sparkle, eve).week == "2026-W02"


def test_whose_first_xp_of_a_week_is_counted_late_has_a_seat_in_it_until_it_is_settled() -> None:
    sparkle = community()
    (ada,) = joined(sparkle, "ada")
    passes(sparkle)
    sunday = sparkle.world.moment().now + timedelta(days=3, hours=11)
    passes(sparkle, timedelta(days=3, hours=12, minutes=59))
    sparkle.run(TakeSeat(user_id=ada.id, at=sunday), actor=SYSTEM)
    assert league(sparkle, ada).week == "2026-W02"
    (eve,) = joined(sparkle, "eve")
    passes(sparkle, timedelta(minutes=1))
    sparkle.run(TakeSeat(user_id=eve.id, at=sunday), actor=SYSTEM)
    with pytest.raises(NotFound, match="seat in a league"):
        league(sparkle, eve, week="2026-W02")


def test_rules_without_an_hour_of_grace_seat_at_once() -> None:
    sparkle = community(evolve(SMALL, settle_after_minutes=0))
    passes(sparkle, MONDAY)
    (ada,) = joined(sparkle, "ada")
    assert league(sparkle, ada).week == "2026-W02"


def test_the_hidden_and_those_without_a_score_take_no_place() -> None:
    sparkle = community()
    ada, bob, cyd = joined(sparkle, "ada", "bob", "cyd")
    award(sparkle, bob, 5)
    sparkle.run(ChangeStatus(user_id=bob.id, status=Status.BANNED, reason="spam"), actor=SYSTEM)
    award(sparkle, bob, 5, "while banned")
    assert told(sparkle, ada) == [("ada", 30, P), ("cyd", 30, S)]
    passes(sparkle)
    settled(sparkle)
    award(sparkle, bob, 5, "while banned, next week")
    sparkle.run(ChangeStatus(user_id=bob.id, status=Status.ACTIVE, reason="a mistake"), actor=SYSTEM)
    assert league(sparkle, bob).week == "2026-W01"  # no seat while hidden
    award(sparkle, bob, 5, "back")
    assert (league(sparkle, bob).tier, league(sparkle, bob).week) == (1, "2026-W02")
    award(sparkle, cyd, 5, "next")
    assert league(sparkle, cyd).tier == 1


def test_children_and_who_never_proved_their_address_take_no_seat() -> None:
    """Stops somebody from going up by a cohort that they filled with accounts of their own."""
    sparkle = in_memory(seed=7)
    people = joined(sparkle, *(f"fan{n}" for n in range(10)))
    for n, person in enumerate(people):
        award(sparkle, person, 100 - n)
    before = told(sparkle, people[4])
    assert before[4] == ("fan4", 126, S)
    strangers = [*(newcomer(sparkle, f"nobody{n}") for n in range(20)), child(sparkle)]
    assert told(sparkle, people[4]) == before
    for stranger in strangers:
        with pytest.raises(NotFound, match="seat"):
            league(sparkle, stranger)
    proves = strangers[0]
    sparkle.run(VerifyEmail(email=proves.email, code=sparkle.mailbox.latest(proves.email).code))
    assert told(sparkle, proves)[-1] == ("nobody0", 30, S)


def test_there_is_no_seat_in_a_week_that_is_over_and_none_twice() -> None:
    sparkle = community()
    ada, bob = joined(sparkle, "ada", "bob")
    first = sparkle.world.moment().now
    passes(sparkle)
    eve = member(sparkle, "eve")
    sparkle.run(TakeSeat(user_id=eve.id, at=first), actor=SYSTEM)
    sparkle.run(TakeSeat(user_id=ada.id, at=first), actor=SYSTEM)
    assert league(sparkle, eve).week == "2026-W02"
    assert told(sparkle, ada) == [("ada", 30, P), ("bob", 30, S)]
    again = sparkle.world.moment().now
    for _ in range(2):
        sparkle.run(TakeSeat(user_id=bob.id, at=again), actor=SYSTEM)
    assert {row.username for row in league(sparkle, eve).rows} == {"eve"}  # Bob has a seat, and no score yet


def test_seats_of_long_ago_go_and_tiers_stay() -> None:
    sparkle = community()
    ada, bob = joined(sparkle, "ada", "bob")
    award(sparkle, ada, 5)
    passes(sparkle)
    settled(sparkle)
    passes(sparkle, timedelta(days=410))
    sparkle.run(TidyUp(), actor=SYSTEM)
    with pytest.raises(NotFound, match="seat in a league"):
        league(sparkle, ada)
    award(sparkle, ada, 1, "back")
    award(sparkle, bob, 1, "back")
    assert (league(sparkle, ada).tier, league(sparkle, bob).tier) == (2, 1)
