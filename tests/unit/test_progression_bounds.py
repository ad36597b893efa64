"""Every number of progression has its bounds, both of them included; and what nobody says is as the pages tell."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve
from tests.pages import ROOT

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import Achievement, CounterName, Objective, Quest, QuestKind, Reward
from sparkle_core.domain.progression.achievements import ACHIEVEMENTS
from sparkle_core.domain.progression.calendars import PersonCalendar
from sparkle_core.domain.progression.clocks import PersonClock
from sparkle_core.domain.progression.counters import PersonCounters
from sparkle_core.domain.progression.criteria import AllOf, AnyOf, AtLeast, parsed
from sparkle_core.domain.progression.curves import TableCurve
from sparkle_core.domain.progression.quests import MOST_EACH, QUESTS, SHARDS
from sparkle_core.domain.progression.rules import (
    DailyCaps,
    ProgressionRules,
    ReputationWeights,
    StreakRules,
    TrustRules,
    TrustThreshold,
)
from sparkle_core.domain.progression.streaks import PersonStreak
from sparkle_core.domain.progression.trust import PersonTrust
from sparkle_core.domain.progression.xp import PersonProgress, XpEntry

ADA = UserId(UUID(int=2))
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LAST_DAY = 3_652_059
"""9999-12-31, by its number from 0001-01-01."""


def quest(**more: Any) -> Quest:
    said = {"kind": QuestKind.DAILY, "objectives": (Objective(counter=CounterName.LIKES_GIVEN, target=1),)}
    return Quest(**{"name": "cheer", "title": "Cheer", **said, **more})


def together(**more: Any) -> Quest:
    """A goal that everybody works at, and that comes back."""
    said = {"starts_at": NOON, "ends_at": NOON.replace(hour=13), "objectives": (objective(target=21),)}
    return quest(kind=QuestKind.COMMUNITY, **{**said, **more})


def achievement(**more: Any) -> Achievement:
    return Achievement(**{"name": "liked", "title": "Liked", "when": "likes_received >= 1", **more})


def objective(**more: Any) -> Objective:
    return Objective(counter=CounterName.LIKES_GIVEN, **more)


def calendar(**more: Any) -> PersonCalendar:
    return PersonCalendar(id=ADA, **more)


def counters(**more: Any) -> PersonCounters:
    return PersonCounters(id=ADA, **more)


def entry(**more: Any) -> XpEntry:
    said = {"subject": "s", "sequence": 1, "round": 0, "reversal": False, "amount": 1, "total": 1, "at": NOON}
    return XpEntry(**{"id": ADA, "user_id": ADA, **said, **more})


def threshold(**more: Any) -> TrustThreshold:
    return TrustThreshold(**{"days": 1, "visits": 1, "reputation": 1, **more})


def trust(**more: Any) -> PersonTrust:
    return PersonTrust(id=ADA, **more)


def streak(**more: Any) -> PersonStreak:
    return PersonStreak(id=ADA, **more)


NUMBERS: list[tuple[Callable[..., Any], str, int, int]] = [
    (objective, "target", 1, 1_000_000_000),
    (together, "repeat_days", 1, 3_650),
    (quest, "min_level", 1, 1_000),
    (quest, "claim_hours", 0, 8_760),
    (quest, "each_at_most", 1, 100),
    (Reward, "xp", 0, 1_000_000),
    (Reward, "points", 0, 1_000_000_000),
    (calendar, "day", 0, LAST_DAY),
    (PersonClock, "starts_at_hour", 0, 23),
    (PersonClock, "latest", 0, LAST_DAY),
    (counters, "latest_day", 0, LAST_DAY),
    (DailyCaps, "post_published", 0, 1_000_000),
    (StreakRules, "days_for_freeze", 1, 1_000),
    (StreakRules, "freezes_max", 0, 1_000),
    (ReputationWeights, "like_received", 0, 1_000),
    (ReputationWeights, "answer_accepted", 0, 1_000),
    (ReputationWeights, "report_upheld", -1_000, 0),
    (threshold, "days", 0, 100_000),
    (threshold, "visits", 0, 100_000),
    (threshold, "reputation", 0, 1_000_000_000),
    (trust, "level", 0, 4),
    *((streak, name, 0, 4_000_000) for name in ("days", "longest", "freezes", "last_day")),
    (TrustRules, "keep_percent", 1, 100),
    (TrustRules, "grace_days", 0, 365),
    (ProgressionRules, "day_starts_at_hour", 0, 23),
    (ProgressionRules, "points_per_level", 0, 1_000_000),
]


@pytest.mark.parametrize(("make", "field", "lowest", "highest"), NUMBERS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_number_goes_from_its_lowest_to_its_highest(
    make: Callable[..., Any], field: str, lowest: int, highest: int
) -> None:
    for allowed in (lowest, highest):
        assert getattr(make(**{field: allowed}), field) == allowed
    for refused in (lowest - 1, highest + 1):
        with pytest.raises(Invalid, match=field):
            make(**{field: refused})


@pytest.mark.parametrize(
    ("make", "field", "longest"),
    [
        (calendar, "time_zone", 64),
        (PersonClock, "time_zone", 64),
        (entry, "source", 50),
        (achievement, "name", 50),
        (achievement, "title", 80),
        (quest, "name", 50),
        (quest, "title", 80),
    ],
)
def test_a_name_has_a_character_at_least_and_so_many_at_most(
    make: Callable[..., Any], field: str, longest: int
) -> None:
    for allowed in ("x", "x" * longest):
        assert getattr(make(**{field: allowed}), field) == allowed
    for refused in ("", "x" * (longest + 1)):
        with pytest.raises(Invalid, match=field):
            make(**{field: refused})


def test_a_level_is_marked_when_an_achievement_asks_for_one_that_was_not_reached_before() -> None:
    rules = ProgressionRules(achievements=(achievement(when="level >= 5 and likes_received >= 3"),))
    reached = {(3, 4): False, (4, 5): True, (2, 9): True, (5, 6): False, (2, 3): False}
    assert {levels: rules.marks_a_level(*levels) for levels in reached} == reached


@pytest.mark.parametrize("make", [achievement, quest])
def test_a_description_may_be_empty_and_has_300_characters_at_most(make: Callable[..., Any]) -> None:
    for allowed in ("", "x" * 300):
        assert make(description=allowed).description == allowed
    with pytest.raises(Invalid, match="description"):
        make(description="x" * 301)


def test_one_person_does_a_hundred_of_a_thing_at_most_in_whichever_objective() -> None:
    most, more = (Objective(counter=CounterName.LIKES_GIVEN, target=n) for n in (MOST_EACH, MOST_EACH + 1))
    one = Objective(counter=CounterName.POSTS_PUBLISHED, target=1)
    assert MOST_EACH == 100
    assert quest(objectives=(one, most)).objectives[1] is most
    for refused in ((one, more), (more, one)):
        with pytest.raises(Invalid, match="at most 100 each"):
            quest(objectives=refused)
    assert together(objectives=(more,)).objectives == (more,)
    for refused in ((one, more), (more, one)):
        with pytest.raises(Invalid, match="nobody reaches it alone"):
            together(objectives=refused)


def test_lists_are_so_long_at_most() -> None:
    conditions = tuple(AtLeast(CounterName.LEVEL, n) for n in range(1, 22))
    for joined in (AllOf, AnyOf):
        assert len(joined(conditions[:20]).parts) == 20
        with pytest.raises(Invalid, match="parts"):
            joined(conditions)
    names = tuple(f"quest_{n}" for n in range(11))
    assert len(quest(requires=names[:10]).requires) == 10
    with pytest.raises(Invalid, match="requires"):
        quest(requires=names)
    totals = tuple(range(1, 10_002))
    assert TableCurve(totals=totals[:10_000]).top == 10_001
    with pytest.raises(Invalid, match="totals"):
        TableCurve(totals=totals)


def test_there_are_200_achievements_and_100_quests_at_most() -> None:
    achievements = tuple(achievement(name=f"liked_{n}") for n in range(201))
    assert len(ProgressionRules(achievements=achievements[:200]).achievements) == 200
    with pytest.raises(Invalid, match="achievements"):
        ProgressionRules(achievements=achievements)
    quests = tuple(quest(name=f"cheer_{n}") for n in range(101))
    assert len(ProgressionRules(quests=quests[:100]).quests) == 100
    with pytest.raises(Invalid, match="quests"):
        ProgressionRules(quests=quests)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_no_level_of_trust_asks_for_less_than_the_one_before(number: int) -> None:
    levels = list(TrustRules().levels)
    levels[number] = evolve(levels[number], days=levels[number - 1].days - 1)
    with pytest.raises(Invalid, match=rf"levels\.{number}: must not ask for less"):
        TrustRules(levels=tuple(levels))


def test_what_levels_of_trust_ask_for_is_as_the_page_tells() -> None:
    page = (ROOT / "docs" / "contexts" / "progression.md").read_text(encoding="utf-8")
    rules = TrustRules()
    for number, level in enumerate(rules.levels, 1):
        assert f"| {number} | {level.days} | {level.visits} | {level.reputation} |" in page
    assert (rules.keep_percent, rules.grace_days) == (90, 14)
    assert (StreakRules().days_for_freeze, StreakRules().freezes_max) == (7, 2)


def test_a_criterion_joins_twenty_conditions_and_names_the_first_character_that_is_wrong() -> None:
    twenty = " or ".join(f"level >= {n}" for n in range(1, 21))
    assert str(parsed(twenty)) == twenty
    with pytest.raises(Invalid, match="at most 20 conditions at a time, joins 21"):
        parsed(f"{twenty} or level >= 21")
    with pytest.raises(Invalid, match="at character 1 there must be a counter"):
        parsed(")")
    assert str(parsed("level >= 9223372036854775807")) == "level >= 9223372036854775807"
    with pytest.raises(Invalid, match="whole number from 1"):
        parsed("level >= 00000000000000000001")  # twenty digits, whatever they say


def test_the_text_of_a_criterion_has_500_characters_at_most() -> None:
    text = "likes_received >= 1"
    assert achievement(when=text.ljust(500)).when == text.ljust(500)
    for refused in (text.ljust(501), ""):
        with pytest.raises(Invalid, match="when"):
            achievement(when=refused)


def test_what_is_not_said_is_as_the_pages_tell() -> None:
    assert not achievement().hidden
    said = quest()
    assert (said.repeat_days, said.requires, said.min_level, said.claim_hours, said.each_at_most) == (
        None,
        (),
        1,
        48,
        20,
    )
    assert (Reward().xp, Reward().points, Reward().item) == (0, 0, None)
    assert (calendar().time_zone, calendar().day, calendar().opened_at) == ("UTC", 0, None)
    assert (PersonClock().time_zone, PersonClock().starts_at_hour, PersonClock().latest) == ("UTC", 0, 0)
    assert (counters().latest_day, counters().claimed, counters().counts) == (0, (), {})
    new = PersonProgress(id=ADA)
    assert (new.xp, new.level, new.paid_level, new.entries) == (0, 1, 1, 0)
    assert SHARDS == 16, "rows of goals that are there already are told apart by it"


def test_the_achievements_there_are_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "contexts" / "achievements.md").read_text(encoding="utf-8")
    for one in ACHIEVEMENTS:
        name = f"`{one.name}`{' (hidden)' if one.hidden else ''}"
        line = f"| {name} | {one.rarity.value} | `{one.when}` | {one.reward.xp} | {one.reward.points:,} |"
        assert line in page
    assert page.count(" >= ") >= len(ACHIEVEMENTS)


def test_the_quests_there_are_are_those_of_the_page() -> None:
    page = (ROOT / "docs" / "contexts" / "quests.md").read_text(encoding="utf-8")
    for one in QUESTS:
        asks = ", ".join(f"{objective.counter.value} {objective.target}" for objective in one.objectives)
        assert f"| `{one.name}` | {one.kind.value} | {asks} | {one.reward.xp} | {one.reward.points} |" in page
