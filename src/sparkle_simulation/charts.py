"""Which plots there are of one report, or of two that are compared."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter

from attrs import frozen

from sparkle_simulation.measuring import Day, Report
from sparkle_simulation.plotting import Axes, Series, areas, bars, lines, ranges, rows
from sparkle_simulation.tables import (
    BANDS,
    WEEK,
    band_name,
    banded,
    by_source,
    growth,
    letters,
    quest_names,
    share_of,
    words,
)

RUN_COLOURS = ("c1", "c2")
DAILY_UP_TO = 60
"""So many days have a bar each; of more, a week has one."""
MOST_KINDS = 5
"""Sources issued, and ways to spend, in a colour of their own; smaller ones are taken together."""
LEVELS_SHOWN = 12
OTHER = "other"

Flow = Callable[[Day], Mapping[str, int]]
ISSUED: Flow = attrgetter("issued")
SPENT: Flow = attrgetter("spent")


@frozen
class Figure:
    """A plot, or one a report: what it shows, (caption, SVG) a panel, and (name, colour) of what it is made of."""

    title: str
    about: str
    panels: tuple[tuple[str, str], ...]
    legend: tuple[tuple[str, str], ...] = ()


def figures(reports: Sequence[Report]) -> tuple[Figure, ...]:
    """All of them, in the order in which they are read."""
    return (
        _flows(reports),
        _levels(reports),
        _over_days(
            reports,
            "Supply",
            "Points that people have at the end of each day, in escrow too.",
            Axes("day", "points", _days(reports), lambda v: f"{v:,.0f}", "Supply"),
            lambda report: [day.supply for day in report.days],
        ),
        _over_days(
            reports,
            "Supply a person",
            "The same, divided by those who are there: while it rises, a point buys less and less.",
            Axes("day", "points a person", _days(reports), lambda v: f"{v:,.1f}", "Supply a person"),
            lambda report: [day.supply / day.people for day in report.days],
        ),
        _over_days(
            reports,
            "Growth of the supply",
            "How much more there is, in percent a day over the seven days before.",
            Axes("day", "percent a day", _days(reports), lambda v: f"{v:.2f} %", "Growth of the supply"),
            lambda report: [growth(report.days[:day]) for day in _days(reports)],
        ),
        _over_days(
            reports,
            "Gini of balances",
            "0 when everybody has the same, towards 1 when one person has everything.",
            Axes("day", "Gini", _days(reports), lambda v: f"{v:.3f}", "Gini of balances"),
            lambda report: [day.gini for day in report.days],
            high=1,
        ),
        _to_level(reports),
        _holders(reports),
        _sources(reports),
        *_quests(reports),
    )


def name_of(reports: Sequence[Report], number: int) -> str:
    """What a report is called in legends and captions."""
    rules = reports[number].rules
    return rules if len(reports) == 1 else f"{letters(reports)[number]}: {rules}"


def _days(reports: Sequence[Report]) -> tuple[int, ...]:
    return tuple(day.day for day in reports[0].days)


def _caption(reports: Sequence[Report], number: int) -> str:
    return name_of(reports, number) if len(reports) > 1 else ""


def _of_runs(reports: Sequence[Report]) -> tuple[tuple[str, str], ...]:
    """The legend of a plot with a colour a report; one alone needs none."""
    names = [(name_of(reports, n), RUN_COLOURS[n]) for n in range(len(reports))]
    return tuple(names) if len(reports) > 1 else ()


def _over_days(
    reports: Sequence[Report],
    title: str,
    about: str,
    axes: Axes,
    of: Callable[[Report], Sequence[float]],
    high: float = 0,
) -> Figure:
    """A line a report, in one plot."""
    series = [Series(name_of(reports, n), RUN_COLOURS[n], tuple(of(r))) for n, r in enumerate(reports)]
    return Figure(title, about, (("", lines(axes, series, high=high)),), _of_runs(reports))


def _flows(reports: Sequence[Report]) -> Figure:
    """Issued up, spent down, all reports on one scale."""
    each = "day" if len(reports[0].days) <= DAILY_UP_TO else "week"
    colours = _colours(reports)
    found = []
    for report in reports:
        parts = _parts(report.days, 1 if each == "day" else WEEK)
        found.append([_stacked(parts, kinds, of) for of, kinds in zip((ISSUED, SPENT), colours, strict=True)])
    high, low = (max(_tops(stacks[way]) for stacks in found) for way in (0, 1))
    places = tuple(range(1, len(parts) + 1))
    axes = Axes(each, "← spent, points issued →", places, lambda v: f"{v:,.0f}", "Points issued and spent")
    panels = [(_caption(reports, n), bars(axes, *stacks, low=-low, high=high)) for n, stacks in enumerate(found)]
    about = f"By source, each {each}: what the platform gives goes up, what people spend for good goes down."
    legend = tuple((s.name, s.colour) for s in (*found[0][0], *found[0][1]))
    return Figure("Points issued and spent", about, tuple(panels), legend)


def _colours(reports: Sequence[Report]) -> list[dict[str, str]]:
    """Source → colour, of what is issued and of what is spent; the same source has one colour in all reports."""
    issued, spent = (by_source(reports, of)[0] for of in (ISSUED, SPENT))
    return [
        {name: f"{shade}{min(n, MOST_KINDS)}" for n, name in enumerate(names, 1)}
        for shade, names in (("c", issued), ("d", spent))
    ]


def _parts(days: Sequence[Day], size: int) -> list[Sequence[Day]]:
    return [days[at : at + size] for at in range(0, len(days), size)]


def _stacked(parts: Sequence[Sequence[Day]], colours: Mapping[str, str], of: Flow) -> list[Series]:
    """A series a source, summed over each part; those that share the last colour are one."""
    named: dict[str, list[str]] = {}
    for name, colour in colours.items():
        named.setdefault(colour, []).append(name)
    return [
        Series(
            words(names[0]) if len(names) == 1 else OTHER,
            colour,
            tuple(sum(of(day).get(name, 0) for day in part for name in names) for part in parts),
        )
        for colour, names in named.items()
    ]


def _tops(stacked: Sequence[Series]) -> float:
    return max(
        (sum(max(0.0, v) for v in column) for column in zip(*(s.values for s in stacked), strict=True)), default=0
    )


def _levels(reports: Sequence[Report]) -> Figure:
    """How many people stand in each band of levels; all reports on one scale, the highest band on top."""
    panels, shown = [], [n for n in range(len(BANDS)) if any(banded(d.levels)[n] for r in reports for d in r.days)]
    for number, report in enumerate(reports):
        counts = [banded(day.levels) for day in report.days]
        series = [Series(band_name(BANDS[n]), f"s{n + 1}", tuple(c[n] for c in counts)) for n in shown]
        axes = Axes("day", "people", _days(reports), lambda v: f"{v:,.0f}", "Levels")
        panels.append((_caption(reports, number), areas(axes, series)))
    about = "How many people stand at which level at the end of each day."
    return Figure("Levels", about, tuple(panels), tuple((band_name(BANDS[n]), f"s{n + 1}") for n in shown))


def _to_level(reports: Sequence[Report]) -> Figure:
    reached = [{to.level: to for to in report.to_level} for report in reports]
    levels = sorted({level for levels in reached for level in levels})[:LEVELS_SHOWN]
    series = [
        (name_of(reports, n), RUN_COLOURS[n], [to[level].days if level in to else None for level in levels])
        for n, to in enumerate(reached)
    ]
    most = [max(to[level].people for to in reached if level in to) for level in levels]
    people = reports[0].days[-1].people
    names = [f"level {level} ({100 * many / people:.0f} %)" for level, many in zip(levels, most, strict=True)]
    about = "Days from joining until a level is first reached: median, and the middle half of those who reached it"
    about += " (their share of all people in brackets)." if len(reports) == 1 else " (the larger share in brackets)."
    svg = ranges("Time to level", names, series, x="days from joining")
    return Figure("Time to level", about, (("", svg),), _of_runs(reports))


def _holders(reports: Sequence[Report]) -> Figure:
    profiles = [standing.profile for standing in reports[0].profiles]
    people = reports[0].days[-1].people
    many = tuple(100 * standing.people / people for standing in reports[0].profiles)
    series = [Series("of all people", "d1", many)]
    for n, report in enumerate(reports):
        name = "of all points" if len(reports) == 1 else f"of all points, {name_of(reports, n)}"
        has = tuple(share_of(report, standing.points) for standing in report.profiles)
        series.append(Series(name, RUN_COLOURS[n], has))
    svg = rows("Who has what", list(map(words, profiles)), series, lambda v: f"{v:.0f} %", x="percent")
    about = "Each profile's share of the people, and of the points in wallets at the end."
    return Figure("Who has what", about, (("", svg),), tuple((s.name, s.colour) for s in series))


def _sources(reports: Sequence[Report]) -> Figure:
    found = [{source.source: source.people for source in report.sources} for report in reports]
    most = {name: max(f.get(name, 0) for f in found) for f in found for name in f}
    names = sorted(most, key=lambda name: (-most[name], name))
    about = "How many of all people got XP from each source at least once."
    return _shares("Who earns XP from what", about, reports, names, found)


def _quests(reports: Sequence[Report]) -> tuple[Figure, ...]:
    """None for rules without quests."""
    names = quest_names(reports)
    found = [{one.quest: one.people for one in report.quests} for report in reports]
    about = "How many of all people completed each quest and claimed its reward, at least once."
    return (_shares("Quests completed", about, reports, names, found),) if names else ()


def _shares(
    title: str, about: str, reports: Sequence[Report], names: Sequence[str], found: Sequence[Mapping[str, int]]
) -> Figure:
    """How many people, by name, in each report: a row a name, a bar a report, in percent of all people."""
    people = reports[0].days[-1].people
    series = [
        Series(name_of(reports, n), RUN_COLOURS[n], tuple(100 * f.get(name, 0) / people for name in names))
        for n, f in enumerate(found)
    ]
    svg = rows(title, list(map(words, names)), series, lambda v: f"{v:.0f} %", x="percent of people", high=100)
    return Figure(title, about, (("", svg),), _of_runs(reports))
