"""Where an entry leaves a person: the level, what is recorded, and which levels are paid for."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from attrs import evolve

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import (
    ArithmeticCurve,
    Awards,
    GeometricCurve,
    LevelReached,
    PersonProgress,
    ProgressionRules,
    XpAwarded,
    XpEntry,
    XpReversed,
)

ADA = UserId(UUID(int=1))
CURVE = ArithmeticCurve()


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def entry(total: int, amount: int = 1, sequence: int = 1, source: str = "gift") -> XpEntry:
    return XpEntry(
        id=UUID(int=9),
        user_id=ADA,
        sequence=sequence,
        source=source,
        subject="launch",
        round=1,
        reversal=amount < 0,
        amount=amount,
        total=total,
        at=NOON,
    )


def levels(recorded: tuple[Event, ...]) -> list[int]:
    return [event.level for event in recorded if isinstance(event, LevelReached)]


def test_a_person_begins_at_level_one_with_nothing_and_nothing_to_be_paid() -> None:
    begun = PersonProgress(id=ADA)
    assert (begun.xp, begun.level, begun.paid_level, begun.entries) == (0, 1, 1, 0)


@pytest.mark.parametrize(("total", "reached"), [(99, []), (100, [2]), (249, [2]), (250, [2, 3]), (700, [2, 3, 4, 5])])
def test_an_award_records_each_level_it_crosses_once_and_in_order(total: int, reached: list[int]) -> None:
    after = PersonProgress(id=ADA).awarded(entry(total, amount=total), CURVE)
    first, *rest = after.recorded
    assert first == XpAwarded(user_id=ADA, entry_id=UUID(int=9), amount=total, total=total, at=NOON)
    assert rest == [LevelReached(user_id=ADA, level=n) for n in reached]
    assert (after.xp, after.level, after.entries) == (total, 1 + len(reached), 1)


def test_a_level_that_was_paid_for_is_not_recorded_again_and_the_next_one_is() -> None:
    up = PersonProgress(id=ADA).awarded(entry(250), CURVE)
    assert up.paid_level == 3
    down = evolve(up, recorded=()).reversed(entry(0, amount=-250, sequence=2), CURVE)
    assert (down.xp, down.level, down.paid_level, down.entries) == (0, 1, 3, 2)
    assert down.recorded == (XpReversed(user_id=ADA, entry_id=UUID(int=9), amount=-250, total=0, at=NOON),)
    again = evolve(down, recorded=()).awarded(entry(250, sequence=3), CURVE)
    assert (again.level, again.paid_level, levels(again.recorded)) == (3, 3, [])
    higher = evolve(again, recorded=()).awarded(entry(450, sequence=4), CURVE)
    assert (higher.level, higher.paid_level, levels(higher.recorded)) == (4, 4, [4])


def test_a_source_is_one_to_fifty_characters() -> None:
    assert entry(1, source="x").source == "x"
    assert entry(1, source="x" * 50).source == "x" * 50
    for refused in ("", "x" * 51):
        with pytest.raises(Invalid, match="source"):
            entry(1, source=refused)


def test_what_people_do_is_worth_what_the_rules_page_says() -> None:
    said = Awards(
        account_created=10,
        email_verified=20,
        post_published=20,
        comment_posted=5,
        like_received=2,
        answer_accepted=25,
    )
    assert ProgressionRules() == ProgressionRules(
        curve=ArithmeticCurve(first=100, step=50), awards=said, points_per_level=10
    )


@pytest.mark.parametrize("amount", [1, 1_000_000])
def test_an_award_may_be_from_one_to_a_million(amount: int) -> None:
    assert Awards(like_received=amount).like_received == amount
    assert ProgressionRules(points_per_level=amount - 1).points_per_level == amount - 1
    for field, refused in (("like_received", 0), ("like_received", 1_000_001), ("answer_accepted", 0)):
        with pytest.raises(Invalid, match=field):
            Awards(**{field: refused})
    for points in (-1, 1_000_001):
        with pytest.raises(Invalid, match="points_per_level"):
            ProgressionRules(points_per_level=points)


def test_a_level_may_pay_a_million_points() -> None:
    assert ProgressionRules(points_per_level=1_000_000).points_per_level == 1_000_000


def test_a_curve_that_nobody_describes_is_as_the_rules_page_says() -> None:
    assert ArithmeticCurve() == ArithmeticCurve(first=100, step=50)
    assert GeometricCurve() == GeometricCurve(first=100, growth_percent=115)


@pytest.mark.parametrize(
    ("curve", "field", "lowest", "highest"),
    [
        (ArithmeticCurve, "first", 1, 1_000_000),
        (ArithmeticCurve, "step", 1, 1_000_000),
        (GeometricCurve, "first", 1, 1_000_000),
        (GeometricCurve, "growth_percent", 101, 1_000),
    ],
)
def test_a_curves_number_goes_from_its_lowest_to_its_highest(
    curve: type[ArithmeticCurve | GeometricCurve], field: str, lowest: int, highest: int
) -> None:
    for allowed in (lowest, highest):
        assert getattr(curve(**{field: allowed}), field) == allowed
    for refused in (lowest - 1, highest + 1):
        with pytest.raises(Invalid, match=field):
            curve(**{field: refused})
