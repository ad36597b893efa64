"""Curves are data: three kinds behind one protocol, each exact up to 10¹⁸ and the same as counting by hand."""

from fractions import Fraction
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.people import member

from sparkle_bootstrap import in_memory
from sparkle_core.application.progression import AwardXp, LevelTable
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.rules import from_table
from sparkle_core.domain.progression import (
    XP_MAX,
    ArithmeticCurve,
    GeometricCurve,
    LevelConfig,
    ProgressionRules,
    TableCurve,
    next_total,
)

TABLE = TableCurve(totals=(10, 50, 1_000))
tables = st.sets(st.integers(1, XP_MAX), min_size=1, max_size=30).map(lambda s: TableCurve(totals=tuple(sorted(s))))
geometric = st.builds(GeometricCurve, first=st.integers(1, 1_000_000), growth_percent=st.integers(101, 1_000))
arithmetic = st.builds(ArithmeticCurve, first=st.integers(1, 1_000_000), step=st.integers(1, 1_000_000))


def counted(xp: int, steps: "list[int]") -> int:
    """The level by paying for one step after the other: slow, and beyond doubt."""
    level = 1
    for step in steps:
        if xp < step:
            break
        xp, level = xp - step, level + 1
    return level


@given(st.integers(0, 300_000), st.integers(1, 500), st.integers(1, 500))
def test_an_arithmetic_level_is_the_one_counted_by_hand(xp: int, first: int, step: int) -> None:
    steps = [first + step * n for n in range(1_200)]
    assert ArithmeticCurve(first=first, step=step).level_at(xp) == counted(xp, steps)


@given(st.integers(0, XP_MAX), st.integers(1, 1_000_000), st.integers(110, 1_000))
def test_a_geometric_level_is_the_one_counted_by_hand(xp: int, first: int, growth: int) -> None:
    steps = []
    for n in count():
        steps.append(int(first * Fraction(growth, 100) ** n))
        if steps[-1] > XP_MAX:
            break
    assert GeometricCurve(first=first, growth_percent=growth).level_at(xp) == counted(xp, steps)


@given(tables, st.integers(0, XP_MAX))
def test_a_table_level_is_the_number_of_totals_reached(curve: TableCurve, xp: int) -> None:
    assert curve.level_at(xp) == 1 + sum(total <= xp for total in curve.totals)


@given(tables | geometric | arithmetic, st.integers(0, XP_MAX))
def test_a_level_lasts_from_its_total_to_the_next_ones(curve: LevelConfig, xp: int) -> None:
    level = curve.level_at(xp)
    following = next_total(curve, level)
    assert curve.total_for(level) <= xp
    assert following is None or xp < following
    assert curve.total_for(1) == 0


@given(tables | geometric | arithmetic, st.data())
def test_a_total_is_reached_exactly_and_not_one_below(curve: LevelConfig, data: st.DataObject) -> None:
    level = data.draw(st.integers(2, curve.top or 1_000_000))
    total = curve.total_for(level)
    assert (curve.level_at(total), curve.level_at(total - 1)) == (level, level - 1)


def test_the_slowest_geometric_curve_has_few_enough_levels_to_search() -> None:
    assert GeometricCurve(first=1, growth_percent=101).top == 3_703


@pytest.mark.parametrize("curve", [ArithmeticCurve(), GeometricCurve(), TABLE])
@pytest.mark.parametrize("xp", [-1, XP_MAX + 1])
def test_xp_below_nothing_or_beyond_a_quintillion_is_an_error(curve: LevelConfig, xp: int) -> None:
    with pytest.raises(Invalid, match="xp: must be from 0 to"):
        curve.level_at(xp)


@pytest.mark.parametrize("level", [-3, 0, 5])
def test_a_level_that_a_table_does_not_have_is_an_error(level: int) -> None:
    with pytest.raises(Invalid, match=f"level: must be from 1 to 4, is {level}"):
        TABLE.total_for(level)


@pytest.mark.parametrize("totals", [(10, 10), (10, 50, 49)])
def test_totals_that_do_not_ascend_are_refused_by_name(totals: tuple[int, ...]) -> None:
    with pytest.raises(Invalid, match=rf"totals\.{len(totals) - 1}: must be more than"):
        TableCurve(totals=totals)


@pytest.mark.parametrize("totals", [(), (0,), (XP_MAX + 1,)])
def test_totals_out_of_bounds_are_refused(totals: tuple[int, ...]) -> None:
    with pytest.raises(Invalid, match="totals"):
        TableCurve(totals=totals)


@pytest.mark.parametrize(
    ("table", "curve"),
    [
        ({"kind": "geometric", "growth_percent": 200}, GeometricCurve(growth_percent=200)),
        ({"kind": "table", "totals": [10, 50, 1_000]}, TABLE),
        ({"kind": "arithmetic", "first": 10}, ArithmeticCurve(first=10)),
        ({"step": 7}, ArithmeticCurve(step=7)),
    ],
)
def test_a_file_chooses_the_curve_by_its_kind(table: dict[str, object], curve: LevelConfig) -> None:
    assert from_table(ProgressionRules, {"curve": table}).curve == curve
    assert from_table(Rules, {"progression": {"curve": table}}).progression.curve == curve


def test_a_file_keeps_what_it_does_not_say_of_the_rules_it_is_laid_over() -> None:
    base = ProgressionRules(curve=GeometricCurve(first=7, growth_percent=130))
    assert from_table(ProgressionRules, {"curve": {"first": 9}}, base=base).curve == GeometricCurve(
        first=9, growth_percent=130
    )


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        ({"kind": "cubic"}, r"curve\.kind: must be one of arithmetic, geometric, table"),
        ({"kind": "table"}, r"curve\.totals: is missing"),
        ({"kind": "table", "totals": [5, 4]}, r"curve\.totals\.1: must be more than the 5 before it, is 4"),
        ({"kind": "geometric", "step": 3}, r"curve\.step: is not a rule"),
        ({"growth_percent": 120}, r"curve\.growth_percent: is not a rule"),
        ("steep", r"curve\.kind: must be one of"),
    ],
)
def test_what_is_no_curve_is_refused_by_name(table: object, fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        from_table(ProgressionRules, {"curve": table})


def test_a_person_at_the_end_of_a_table_has_no_next_level() -> None:
    sparkle = in_memory(seed=7, rules=Rules(progression=ProgressionRules(curve=TABLE)))
    ada = member(sparkle, "ada")

    def award(amount: int, subject: str) -> tuple[int, int | None]:
        given = AwardXp(user_id=ada.id, amount=amount, source="gift", subject=subject)
        progress = sparkle.run(given, actor=SYSTEM)
        return progress.level, progress.next_level_at

    assert award(5, "one") == (2, 50)
    assert award(1_000, "two") == (4, None)
    assert award(1_000, "three") == (4, None)
    assert [(r.level, r.to_next) for r in sparkle.run(LevelTable(up_to=9))] == [(1, 10), (2, 40), (3, 950), (4, None)]


def test_a_level_of_earlier_rules_beyond_the_last_has_no_next_one() -> None:
    assert next_total(TABLE, 9) is None


def test_the_docs_say_every_kind_there_is() -> None:
    page = Path("docs/contexts/progression.md").read_text(encoding="utf-8")
    assert all(f"| `{c.kind}` |" in page for c in (ArithmeticCurve, GeometricCurve, TableCurve))
