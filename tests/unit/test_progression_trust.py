"""Trust: up at once, down only after days of grace, held by moderators, and judged without anybody asking."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.support.moderating import appeal, decide, report
from tests.support.people import Somebody, member
from tests.support.writing import publish, within

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.auditing import AuditLog
from sparkle_core.application.content import React, Unreact
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.moderation import DecideAppeal
from sparkle_core.application.progression import LockTrust, Trust, TrustOf, UnlockTrust, VisitToday
from sparkle_core.application.rules import Rules
from sparkle_core.application.shared.trust import trust_of
from sparkle_core.domain.accounts import SYSTEM, Role
from sparkle_core.domain.accounts.errors import Outranked
from sparkle_core.domain.kernel.errors import Forbidden, Invalid, NotFound
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.rules import from_table
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.progression import Conduct, PersonTrust, TrustChanged, TrustGraceSent, TrustRules

NOBODY = UserId(UUID(int=7))
START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DEFAULT = TrustRules()

QUICK = from_table(
    Rules,
    {
        "progression": {
            "reputation": {"report_upheld": -4},
            "trust": {
                "levels": [
                    {"days": 0, "visits": 1, "reputation": 0},
                    {"days": 2, "visits": 2, "reputation": 0},
                    {"days": 2, "visits": 2, "reputation": 10},
                    {"days": 90, "visits": 60, "reputation": 100},
                ]
            },
        }
    },
)
"""Levels that a test can reach."""


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7, rules=QUICK)


@pytest.fixture
def moira(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "moira", Role.MODERATOR)


def days_pass(sparkle: Sparkle, days: float) -> None:
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(days * DAY)
    sparkle.run_coroutine(sparkle.drain())


def visit(sparkle: Sparkle, by: Somebody) -> None:
    sparkle.run(VisitToday(), actor=by.actor)
    sparkle.run_coroutine(sparkle.drain())


def trust(sparkle: Sparkle, of: Somebody) -> Trust:
    return sparkle.run(TrustOf(user_id=of.id), actor=of.actor)


def lock(sparkle: Sparkle, by: Somebody, of: Somebody, level: int) -> Trust:
    return sparkle.run(LockTrust(user_id=of.id, level=level, reason="as agreed"), actor=by.actor)


def unlock(sparkle: Sparkle, by: Somebody, of: Somebody) -> Trust:
    return sparkle.run(UnlockTrust(user_id=of.id, reason="as agreed"), actor=by.actor)


def fans_of(sparkle: Sparkle, author: Somebody, number: int) -> tuple[UUID, list[Somebody]]:
    """Somebody's post, and people who like it."""
    post, fans = publish(sparkle, author), [member(sparkle, f"fan_{n}") for n in range(number)]
    for fan in fans:
        sparkle.run(React(target_id=post, reaction="LIKE"), actor=fan.actor)
    return post, fans


def at_level_three(sparkle: Sparkle, ada: Somebody) -> tuple[UUID, list[Somebody]]:
    liked = fans_of(sparkle, ada, 10)
    visit(sparkle, ada)
    days_pass(sparkle, 2)
    visit(sparkle, ada)
    assert trust(sparkle, ada).level == 3
    return liked


def conduct(level: int, percent: int = 100) -> Conduct:
    """Just enough for a level of the default rules, or a share of it."""
    asked = DEFAULT.levels[level - 1]
    return Conduct(
        **{m: -(-getattr(asked, m) * percent // 100) for m in ("days", "visits", "reputation")}  # rounded up
    )


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_reaching_every_threshold_exactly_is_reaching_the_level(level: int) -> None:
    enough = conduct(level)
    there = PersonTrust(id=NOBODY).assessed(enough, DEFAULT, START)
    assert there.level == level
    assert there.assessed(enough, DEFAULT, START) is there
    for measure in ("days", "visits"):
        less = Conduct(**{m: getattr(enough, m) - (m == measure) for m in ("days", "visits", "reputation")})
        assert PersonTrust(id=NOBODY).assessed(less, DEFAULT, START).level == level - 1


def test_nine_tenths_of_what_a_level_asks_for_keep_it_and_less_does_not() -> None:
    trusted = PersonTrust(id=NOBODY, level=4)
    asked = {"days": 180, "visits": 120}
    for days in (0, 13, 14, 500):
        assert trusted.assessed(Conduct(reputation=450, **asked), DEFAULT, START + days * DAY) is trusted
    below = trusted.assessed(Conduct(reputation=449, **asked), DEFAULT, START)
    assert (below.level, below.below_since) == (4, START)


def test_a_level_is_lost_after_the_grace_and_not_a_moment_before() -> None:
    below = PersonTrust(id=NOBODY, level=4).assessed(conduct(2), DEFAULT, START)
    over = START + 14 * DAY
    assert below.assessed(conduct(2), DEFAULT, over - timedelta(microseconds=1)).level == 4
    fallen = below.assessed(conduct(2), DEFAULT, over)
    assert (fallen.level, fallen.below_since) == (2, None)
    assert TrustChanged(user_id=NOBODY, level=2, before=4) in fallen.recorded


def test_who_recovers_within_the_grace_has_all_of_it_again_the_next_time() -> None:
    below = PersonTrust(id=NOBODY, level=3).assessed(conduct(2), DEFAULT, START)
    well = below.assessed(conduct(3, 90), DEFAULT, START + 13 * DAY)
    assert (well.level, well.below_since) == (3, None)
    again = well.assessed(conduct(2), DEFAULT, START + 14 * DAY)
    assert again.assessed(conduct(2), DEFAULT, START + 27 * DAY).level == 3
    assert again.assessed(conduct(2), DEFAULT, START + 28 * DAY).level == 2


conducts = st.builds(Conduct, days=st.integers(0, 250), visits=st.integers(0, 160), reputation=st.integers(-100, 700))


@given(st.lists(st.tuples(conducts, st.integers(0, 20)), max_size=40))
def test_a_life_goes_up_at_once_and_down_only_after_a_whole_grace_below(life: list[tuple[Conduct, int]]) -> None:
    """Held against what was seen on each day: no level falls unless it was unkept all through the grace."""
    kept, now, unkept_since = PersonTrust(id=NOBODY), START, None
    for seen, pause in life:
        now += pause * DAY
        enough = DEFAULT.kept_by(seen) >= kept.level
        unkept_since = None if enough else unkept_since or now
        after = kept.assessed(seen, DEFAULT, now)
        assert after.level >= DEFAULT.earned_by(seen)
        if after.level > kept.level:
            assert after.level == DEFAULT.earned_by(seen)
        if after.level < kept.level:
            assert unkept_since is not None
            assert now - unkept_since >= 14 * DAY
            assert after.level == DEFAULT.kept_by(seen)
        elif unkept_since is not None and after.level == kept.level:
            assert now - unkept_since < 14 * DAY
        if after.level != kept.level:
            unkept_since = None
        assert after.assessed(seen, DEFAULT, now).level == after.level
        kept = after


@given(st.integers(0, 4), conducts, st.integers(0, 100))
def test_conduct_does_not_change_what_is_locked(level: int, seen: Conduct, days: int) -> None:
    locked = PersonTrust(id=NOBODY).held_at(level)
    assert locked.assessed(seen, DEFAULT, START + days * DAY) is locked


def test_somebody_new_is_not_trusted_yet(sparkle: Sparkle, ada: Somebody) -> None:
    found = trust(sparkle, ada)
    assert (found.level, found.locked, found.falls_at) == (0, False, None)
    assert found.conduct == Conduct(days=0, visits=0, reputation=0)
    assert found.next == QUICK.progression.trust.levels[0]


def test_trust_rises_with_visits_as_days_pass(sparkle: Sparkle, ada: Somebody) -> None:
    visit(sparkle, ada)
    visit(sparkle, ada)
    assert (trust(sparkle, ada).level, trust(sparkle, ada).conduct.visits) == (1, 1)
    days_pass(sparkle, 2)
    assert trust(sparkle, ada).level == 1
    visit(sparkle, ada)
    assert trust(sparkle, ada).level == 2


def test_limits_elsewhere_read_the_level_as_last_judged(sparkle: Sparkle, ada: Somebody) -> None:
    async def level(work: Work) -> int:
        return await trust_of(work, ada.id)

    assert within(sparkle, level) == 0
    visit(sparkle, ada)
    assert within(sparkle, level) == 1


def test_an_upheld_report_costs_the_level_after_the_grace_though_nobody_does_anything(
    sparkle: Sparkle, ada: Somebody, moira: Somebody
) -> None:
    post, fans = at_level_three(sparkle, ada)
    decide(sparkle, moira, report(sparkle, fans[0], post), Action.WARN)
    sparkle.run_coroutine(sparkle.drain())
    assert trust(sparkle, ada).falls_at is not None
    days_pass(sparkle, 13.9)
    assert trust(sparkle, ada).level == 3
    days_pass(sparkle, 0.2)
    assert (trust(sparkle, ada).level, trust(sparkle, ada).falls_at) == (2, None)


@pytest.mark.parametrize("days", [20, 30])
def test_a_grace_that_the_rules_make_longer_ends_though_nobody_does_anything(
    sparkle: Sparkle, ada: Somebody, moira: Somebody, days: int
) -> None:
    """Stops somebody who never comes again from keeping a level for ever."""
    post, fans = at_level_three(sparkle, ada)
    decide(sparkle, moira, report(sparkle, fans[0], post), Action.WARN)
    sparkle.run_coroutine(sparkle.drain())
    longer = evolve(QUICK.progression.trust, grace_days=days)
    later = in_memory(
        seed=8,
        rules=evolve(QUICK, progression=evolve(QUICK.progression, trust=longer)),
        through=lambda _: sparkle.store,
    )
    days_pass(later, 2)  # a world of its own begins where the first one did
    days_pass(later, 14.1)
    assert trust(later, ada).level == 3
    days_pass(later, days - 14.2)
    assert trust(later, ada).level == 3
    days_pass(later, 0.2)
    assert (trust(later, ada).level, trust(later, ada).falls_at) == (2, None)


def test_the_end_of_a_grace_that_came_to_nothing_sends_nothing_ahead_for_the_next_one(
    sparkle: Sparkle, ada: Somebody
) -> None:
    """Stops what is sent ahead from becoming more and more for somebody who comes too close again and again."""
    post, fans = at_level_three(sparkle, ada)
    for change in (Unreact, React, Unreact):
        for fan in fans[:2]:
            sparkle.run(change(target_id=post, reaction="LIKE"), actor=fan.actor)
        days_pass(sparkle, 2)
        visit(sparkle, ada)
    days_pass(sparkle, 11)  # the first grace would have ended a day ago, the second one does in three

    async def due(work: Work) -> list[datetime]:
        waiting = await work.store.find(OUTBOX, eq("delivery", Delivery.SCHEDULED))
        return [message.due_at for message in waiting if message.topic == TrustGraceSent.topic]

    assert within(sparkle, due) == [trust(sparkle, ada).falls_at]


def test_a_decision_overturned_within_the_grace_costs_nothing(sparkle: Sparkle, ada: Somebody, moira: Somebody) -> None:
    post, fans = at_level_three(sparkle, ada)
    decision = decide(sparkle, moira, report(sparkle, fans[0], post), Action.WARN)
    other = member(sparkle, "other", Role.MODERATOR)
    overturn = DecideAppeal(appeal_id=appeal(sparkle, ada, decision.id), overturn=True, reason="It was fine.")
    sparkle.run(overturn, actor=other.actor)
    sparkle.run_coroutine(sparkle.drain())
    assert trust(sparkle, ada).falls_at is None
    days_pass(sparkle, 20)
    assert trust(sparkle, ada).level == 3


def test_one_like_less_does_not_cost_a_level_and_two_do(sparkle: Sparkle, ada: Somebody) -> None:
    post, fans = at_level_three(sparkle, ada)
    levels = []
    for fan in fans[:2]:
        sparkle.run(Unreact(target_id=post, reaction="LIKE"), actor=fan.actor)
        for _ in range(2):
            days_pass(sparkle, 15)
            visit(sparkle, ada)
        levels.append(trust(sparkle, ada).level)
    assert levels == [3, 2]


def test_moderators_lock_a_level_and_let_it_follow_conduct_again(
    sparkle: Sparkle, ada: Somebody, moira: Somebody
) -> None:
    told = lock(sparkle, moira, ada, 4)
    assert (told.level, told.locked, told.next) == (4, True, None)
    days_pass(sparkle, 30)
    visit(sparkle, ada)
    assert trust(sparkle, ada).level == 4
    told = unlock(sparkle, moira, ada)
    assert (told.level, told.locked) == (4, False)
    assert told.falls_at is not None
    assert (told.falls_at - START).days == 30 + 14
    days_pass(sparkle, 14.1)
    assert trust(sparkle, ada).level == 1
    assert unlock(sparkle, moira, ada).level == 1


def test_who_is_locked_low_rises_at_once_when_unlocked(sparkle: Sparkle, ada: Somebody, moira: Somebody) -> None:
    lock(sparkle, moira, ada, 0)
    visit(sparkle, ada)
    assert trust(sparkle, ada).level == 0
    assert unlock(sparkle, moira, ada).level == 1


def test_locks_are_audited_with_their_reasons(sparkle: Sparkle, ada: Somebody, moira: Somebody) -> None:
    lock(sparkle, moira, ada, 2)
    unlock(sparkle, moira, ada)

    entries = sparkle.run(AuditLog(subject=ada.id, forward=True), actor=SYSTEM).items
    locks = [entry for entry in entries if entry.command.endswith("Trust")]
    assert [(e.actor, e.command) for e in locks] == [(moira.actor.name, f"{verb}Trust") for verb in ("Lock", "Unlock")]
    assert all("as agreed" in str(entry.content) for entry in locks)


def test_nobody_locks_an_equal_or_oneself(sparkle: Sparkle, ada: Somebody, moira: Somebody) -> None:
    other = member(sparkle, "other", Role.MODERATOR)
    for target in (moira, other):
        with pytest.raises(Outranked):
            lock(sparkle, moira, target, 4)
        with pytest.raises(Outranked):
            unlock(sparkle, moira, target)
    with pytest.raises(Forbidden):
        lock(sparkle, ada, ada, 4)


def test_anothers_trust_is_for_moderators(sparkle: Sparkle, ada: Somebody, moira: Somebody) -> None:
    assert sparkle.run(TrustOf(user_id=ada.id), actor=moira.actor).level == 0
    with pytest.raises(Forbidden):
        sparkle.run(TrustOf(user_id=moira.id), actor=ada.actor)
    with pytest.raises(NotFound):
        sparkle.run(TrustOf(user_id=UserId(uuid4())), actor=moira.actor)
    with pytest.raises(NotFound):
        sparkle.run(LockTrust(user_id=UserId(uuid4()), level=1, reason="x"), actor=SYSTEM)


@pytest.mark.parametrize(
    ("trust_rules", "says"),
    [
        ({"levels": [{"days": 1, "visits": 1, "reputation": 1}]}, "levels: must be those of levels 1 to 4, are 1"),
        (
            {"levels": [{"days": d, "visits": 1, "reputation": 1} for d in (1, 5, 4, 9)]},
            "levels.2: must not ask for less than the level before",
        ),
        ({"keep_percent": 101}, "keep_percent: must be from 1 to 100, is 101"),
    ],
)
def test_what_is_wrong_with_trust_rules_is_named(trust_rules: dict[str, object], says: str) -> None:
    with pytest.raises(Invalid, match=f"progression.trust.{says}"):
        from_table(Rules, {"progression": {"trust": trust_rules}})
