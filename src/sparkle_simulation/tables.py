"""Reports as tables: one column or two a figure, one for each set of rules."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median_high

from attrs import frozen

from sparkle_simulation.measuring import Day, Report, ToLevel

BANDS = ((1, 1), (2, 2), (3, 3), (4, 5), (6, 9), (10, 19), (20, 10**18))
"""Levels that are shown together: from, to."""
WEEK = 7
NOTHING = "–"


@frozen
class Table:
    """A title, headings, rows; the first column names what a row is about, the others are figures."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def tables(reports: Sequence[Report]) -> tuple[Table, ...]:
    """All there are of one report, or of two that are compared."""
    found = (
        _at_the_end(reports),
        _over_time(reports),
        _levels(reports),
        _to_level(reports),
        _flows("Points issued, by source", reports, lambda day: day.issued),
        _flows("Points spent, by source", reports, lambda day: day.spent),
        _flows("Points moved between people", reports, lambda day: day.moved),
        _sources(reports),
        _quests(reports),
        _profiles(reports),
    )
    return tuple(table for table in found if table.rows)


def named(reports: Sequence[Report], figure: str) -> list[str]:
    """Headings of a figure: its name, or its name under each set of rules."""
    return [figure] if len(reports) == 1 else [f"{figure}, {letter}" for letter in letters(reports)]


def letters(reports: Sequence[Report]) -> str:
    """What sets of rules are called next to one another."""
    return "AB"[: len(reports)]


def band_name(band: tuple[int, int]) -> str:
    """Such as "level 1", "levels 4–5", "levels 20+"."""
    low, high = band
    return f"level {low}" if low == high else f"levels {low}+" if high == BANDS[-1][1] else f"levels {low}–{high}"


def banded(levels: Mapping[int, int]) -> list[int]:
    """How many people stand in each band."""
    return [sum(many for level, many in levels.items() if low <= level <= high) for low, high in BANDS]


def growth(days: Sequence[Day]) -> float:
    """How much the supply grew a day over the last week of these, in percent; 0 from or to nothing."""
    before, after = days[-WEEK - 1 :][0].supply, days[-1].supply
    past = min(WEEK, len(days) - 1)
    return 100 * (float(after / before) ** (1 / past) - 1) if past and before > 0 and after > 0 else 0.0


def in_all(days: Iterable[Day], of: Callable[[Day], Mapping[str, int]]) -> dict[str, int]:
    """Sums by source over days, the largest first."""
    total: Counter[str] = Counter()
    for day in days:
        total.update(of(day))
    return dict(sorted(total.items(), key=lambda item: (-item[1], item[0])))


def by_source(
    reports: Sequence[Report], of: Callable[[Day], Mapping[str, int]]
) -> tuple[list[str], list[dict[str, int]]]:
    """The sources that any report has, the largest first, and each report's sums."""
    sums = [in_all(report.days, of) for report in reports]
    largest = {name: max(s.get(name, 0) for s in sums) for s in sums for name in s}
    return sorted(largest, key=lambda name: (-largest[name], name)), sums


def calls_made(report: Report) -> int:
    """How many commands there were, those that reactions asked for included."""
    return sum(sum(outcomes.values()) for outcomes in report.calls.values())


def refused(report: Report) -> int:
    """How many of them were refused."""
    return calls_made(report) - sum(outcomes.get("ok", 0) for outcomes in report.calls.values())


def _at_the_end(reports: Sequence[Report]) -> Table:
    figures: tuple[tuple[str, Callable[[Report], str]], ...] = (
        ("people", lambda r: f"{r.days[-1].people:,}"),
        ("points issued", lambda r: f"{sum(in_all(r.days, lambda d: d.issued).values()):,}"),
        ("points spent", lambda r: f"{sum(in_all(r.days, lambda d: d.spent).values()):,}"),
        ("supply", lambda r: f"{r.days[-1].supply:,}"),
        ("supply a person", lambda r: f"{r.days[-1].supply // r.days[-1].people:,}"),
        ("growth a day, last week", lambda r: f"{growth(r.days):.2f} %"),
        ("Gini of balances", lambda r: f"{r.days[-1].gini:.3f}"),
        ("median level", lambda r: str(_median_level(r.days[-1]))),
        ("highest level", lambda r: str(max(r.days[-1].levels))),
        ("commands", lambda r: f"{calls_made(r):,}"),
        ("of these refused", lambda r: f"{refused(r):,}"),
    )
    headings = ("", *(["the end"] if len(reports) == 1 else letters(reports)))
    return Table("At the end", headings, tuple((name, *map(of, reports)) for name, of in figures))


def _median_level(day: Day) -> int:
    return median_high(level for level, many in day.levels.items() for _ in range(many))


def _over_time(reports: Sequence[Report]) -> Table:
    days = len(reports[0].days)
    shown = sorted({1, days, *(round(days * part / 6) for part in range(1, 6))} - {0})
    rows = [
        (
            str(day),
            f"{reports[0].days[day - 1].people:,}",
            *(f"{r.days[day - 1].supply:,}" for r in reports),
            *(f"{r.days[day - 1].gini:.3f}" for r in reports),
            *(str(_median_level(r.days[day - 1])) for r in reports),
            *(str(max(r.days[day - 1].levels)) for r in reports),
        )
        for day in shown
    ]
    figures = [h for figure in ("supply", "Gini", "median level", "highest") for h in named(reports, figure)]
    return Table("Over time", ("day", "people", *figures), tuple(rows))


def _levels(reports: Sequence[Report]) -> Table:
    counts = [banded(report.days[-1].levels) for report in reports]
    rows = [
        (band_name(band), *(f"{c[n]:,} ({100 * c[n] / sum(c):.0f} %)" for c in counts))
        for n, band in enumerate(BANDS)
        if any(c[n] for c in counts)
    ]
    return Table("Levels at the end", ("", *named(reports, "people")), tuple(rows))


def _to_level(reports: Sequence[Report]) -> Table:
    reached: list[dict[int, ToLevel]] = [{to.level: to for to in report.to_level} for report in reports]
    levels = sorted({level for levels in reached for level in levels})
    rows = []
    for level in levels:
        found = [levels.get(level) for levels in reached]
        share = [
            f"{100 * to.people / r.days[-1].people:.0f} %" if to else NOTHING
            for to, r in zip(found, reports, strict=True)
        ]
        days = [f"{to.days[1]:.1f} ({to.days[0]:.1f}–{to.days[2]:.1f})" if to else NOTHING for to in found]
        rows.append((str(level), *share, *days))
    headings = ("level", *named(reports, "reached by"), *named(reports, "days to it (middle half)"))
    return Table("Time to level", headings, tuple(rows))


def _flows(title: str, reports: Sequence[Report], of: Callable[[Day], Mapping[str, int]]) -> Table:
    names, sums = by_source(reports, of)
    rows = [
        (words(name), *(f"{s.get(name, 0):,} ({100 * s.get(name, 0) / (sum(s.values()) or 1):.0f} %)" for s in sums))
        for name in names
    ]
    return Table(title, ("source", *named(reports, "points")), tuple(rows))


def _sources(reports: Sequence[Report]) -> Table:
    found = [{source.source: source for source in report.sources} for report in reports]
    most = {name: max(f[name].xp for f in found if name in f) for f in found for name in f}
    rows = []
    for name in sorted(most, key=lambda n: (-most[n], n)):
        mine = [f.get(name) for f in found]
        xp = [f"{source.xp:,}" if source else NOTHING for source in mine]
        reached = [
            f"{100 * s.people / r.days[-1].people:.0f} %" if s else NOTHING for s, r in zip(mine, reports, strict=True)
        ]
        rows.append((words(name), *xp, *reached))
    return Table("XP, by source", ("source", *named(reports, "XP"), *named(reports, "earned by")), tuple(rows))


def _quests(reports: Sequence[Report]) -> Table:
    found = [{one.quest: one for one in report.quests} for report in reports]
    rows = []
    for name in quest_names(reports):
        mine = [f.get(name) for f in found]
        claims = [f"{one.claims:,}" if one else NOTHING for one in mine]
        by = [
            f"{100 * one.people / r.days[-1].people:.0f} %" if one else NOTHING
            for one, r in zip(mine, reports, strict=True)
        ]
        rows.append((words(name), *claims, *by))
    return Table("Quests", ("quest", *named(reports, "completed"), *named(reports, "by of people")), tuple(rows))


def quest_names(reports: Sequence[Report]) -> list[str]:
    """The quests of any report's rules, those that most people completed first."""
    most: Counter[str] = Counter()
    for report in reports:
        most |= Counter({one.quest: one.people for one in report.quests})
    names = {one.quest for report in reports for one in report.quests}
    return sorted(names, key=lambda name: (-most[name], name))


def _profiles(reports: Sequence[Report]) -> Table:
    rows = []
    for standings in zip(*(report.profiles for report in reports), strict=True):
        levels = [f"{s.mean_level:.1f}" for s in standings]
        each = [f"{s.points // s.people:,}" for s in standings]
        share = [f"{share_of(r, s.points):.0f} %" for r, s in zip(reports, standings, strict=True)]
        rows.append((words(standings[0].profile), f"{standings[0].people:,}", *levels, *each, *share))
    figures = [h for figure in ("mean level", "points each", "of all points") for h in named(reports, figure)]
    return Table("Who has what", ("profile", "people", *figures), tuple(rows))


def share_of(report: Report, points: int) -> float:
    """So many points, in percent of what is in wallets at the end."""
    return 100 * points / (sum(standing.points for standing in report.profiles) or 1)


def words(name: str) -> str:
    """A name as it is kept, as it is read."""
    return name.replace("_", " ")
