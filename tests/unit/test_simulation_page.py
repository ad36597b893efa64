"""The page of a simulation: one well-formed file that needs nothing else, whose plots show the report's figures."""

import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.application.rules import Rules
from sparkle_core.domain.progression import ProgressionRules
from sparkle_simulation.charts import MOST_KINDS, figures
from sparkle_simulation.measuring import Day, Report
from sparkle_simulation.page import page
from sparkle_simulation.plotting import Axes, Series, areas, bars, lines, ranges, rows, short, ticks
from sparkle_simulation.running import Plan, simulate

PLAN = Plan(people=40, days=6, seed=7)
VOID = frozenset({"meta", "polyline", "polygon", "rect", "line", "circle"})


@pytest.fixture(scope="module")
def report() -> Report:
    return simulate(PLAN, Rules(), "calm.toml")


@pytest.fixture(scope="module")
def other() -> Report:
    return simulate(PLAN, Rules(progression=ProgressionRules(points_per_level=300)), "<wild> & loud.toml")


class Balanced(HTMLParser):
    """Holds every end tag against its start; keeps elements and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def svgs(text: str) -> list[ElementTree.Element]:
    return [ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL)]


def said(svg: str) -> list[str]:
    """What hovering says, place by place."""
    return [title.text or "" for title in ElementTree.fromstring(svg).iter("title")]


def test_the_page_is_well_formed(report: Report, other: Report) -> None:
    text = page(PLAN, [report, other])
    assert text.startswith("<!doctype html>")
    assert Balanced(text).open == []
    for svg in svgs(text):
        assert svg.get("role") == "img"
        assert svg.get("aria-label")


def test_the_page_needs_nothing_else(report: Report) -> None:
    text = page(PLAN, [report])
    loading = {"script", "link", "img", "iframe", "object", "embed", "base", "a", "use", "image"}
    for tag, attributes in Balanced(text).seen:
        assert tag not in loading
        assert not attributes.keys() & {"src", "href", "xlink:href", "srcset"}
        assert not [name for name in attributes if name.startswith("on")]
    assert not re.search(r"https?:|//|url\(|@import", text)


def test_the_same_seed_gives_the_same_bytes(report: Report) -> None:
    assert page(PLAN, [simulate(PLAN, Rules(), "calm.toml")]) == page(PLAN, [report])


def test_names_of_files_stay_text(report: Report, other: Report) -> None:
    text = page(PLAN, [report, other])
    assert "<wild>" not in text
    assert "B: &lt;wild&gt; &amp; loud.toml" in text


def test_each_colour_used_has_a_light_and_a_dark_one(report: Report, other: Report) -> None:
    text = page(PLAN, [report, other])
    used = {c for _, a in Balanced(text).seen for c in (a.get("class") or "").split() if re.fullmatch(r"[cds]\d", c)}
    assert len(used) >= 5
    light, dark = text.split("@media (prefers-color-scheme: dark)")
    assert used <= set(re.findall(r"--([cds]\d):", light)) & set(re.findall(r"--([cds]\d):", dark))


def test_two_reports_are_side_by_side_or_in_one_plot(report: Report, other: Report) -> None:
    alone, compared = figures([report]), figures([report, other])
    assert [figure.title for figure in alone] == [figure.title for figure in compared]
    assert {len(figure.panels) for figure in alone} == {1}
    assert {figure.title for figure in compared if len(figure.panels) == 2} == {"Points issued and spent", "Levels"}
    assert [caption for caption, _ in compared[0].panels] == ["A: calm.toml", "B: <wild> & loud.toml"]


def test_bars_of_two_reports_have_one_scale_and_one_colour_a_source(report: Report, other: Report) -> None:
    flows = figures([report, other])[0]
    marks = [
        [t.text for t in ElementTree.fromstring(svg).iter("text") if t.get("class") == "end"] for _, svg in flows.panels
    ]
    assert marks[0] == marks[1]
    assert len({colour for _, colour in flows.legend}) == len(flows.legend)


def test_hovering_says_the_days_figures(report: Report) -> None:
    by_title = {figure.title: figure for figure in figures([report])}
    supply = said(by_title["Supply"].panels[0][1])
    assert supply == [f"day {day.day}\ncalm.toml: {day.supply:,}" for day in report.days]
    first = said(by_title["Points issued and spent"].panels[0][1])[0].splitlines()
    assert f"welcome bonus: {report.days[0].issued['welcome_bonus']:,}" in first
    last = said(by_title["Levels"].panels[0][1])[-1]
    assert f"level 1: {report.days[-1].levels[1]}" in last


def test_hovering_says_how_many_completed_a_quest_under_each_set_of_rules(report: Report, other: Report) -> None:
    by_title = {figure.title: figure for figure in figures([report, evolve(other, quests=other.quests[1:])])}
    bars_said = said(by_title["Quests completed"].panels[0][1])
    everybody = report.days[-1].people
    for one, same in zip(report.quests[1:], other.quests[1:], strict=True):
        a, b = (f"{100 * quest.people / everybody:.0f} %" for quest in (one, same))
        assert f"{one.quest.replace('_', ' ')}: A: calm.toml: {a}; B: <wild> & loud.toml: {b}" in bars_said
    assert [line for line in bars_said if line.startswith(report.quests[0].quest.replace("_", " "))]
    assert any(one.people for one in report.quests)


def test_rules_without_quests_have_no_plot_of_them(report: Report) -> None:
    assert "Quests completed" not in {figure.title for figure in figures([evolve(report, quests=())])}


def test_many_sources_share_the_last_colour_and_none_is_lost(report: Report) -> None:
    kinds = {f"kind_{n}": 10 * n for n in range(1, MOST_KINDS + 4)}
    days = tuple(evolve(day, issued=kinds, spent={}) for day in report.days)
    flows = figures([evolve(report, days=days)])[0]
    assert [name for name, _ in flows.legend] == ["kind 8", "kind 7", "kind 6", "kind 5", "other"]
    lines = said(flows.panels[0][1])[0].splitlines()[1:]
    assert sum(int(line.rpartition(" ")[2]) for line in lines) == sum(kinds.values())


def test_many_days_have_a_bar_a_week(report: Report) -> None:
    days = tuple(evolve(report.days[0], day=n) for n in range(1, 71))
    flows = figures([evolve(report, days=days)])[0]
    weeks = said(flows.panels[0][1])
    assert len(weeks) == 10
    assert f"welcome bonus: {7 * report.days[0].issued['welcome_bonus']:,}" in weeks[0]


def test_a_day_on_which_nothing_moved_can_be_plotted() -> None:
    still = Day(day=1, people=1, levels={1: 1}, issued={}, spent={}, moved={}, xp={}, supply=0, gini=0.0)
    nothing = Report(rules="none.toml", days=(still,), to_level=(), sources=(), quests=(), profiles=(), calls={})
    text = page(PLAN, [nothing, nothing])
    assert Balanced(text).open == []
    assert "nan" not in text.lower()


@given(st.integers(-(10**12), 10**12), st.integers(0, 10**12), st.sampled_from([1, 100]))
def test_ticks_are_few_even_and_reach_around_what_is_shown(low: int, more: int, parts: int) -> None:
    marks = ticks(low / parts, (low + more) / parts)
    assert 3 <= len(marks) <= 9
    steps = [after - before for before, after in pairwise(marks)]
    unseen = max(steps) * 1e-6
    assert marks[0] <= low / parts + unseen
    assert (low + more) / parts <= marks[-1] + unseen
    assert max(steps) - min(steps) <= max(steps) * 0.01


@given(st.floats(-(10**14), 10**14))
def test_numbers_on_axes_are_short(value: float) -> None:
    assert len(short(value)) <= 10


@given(st.lists(st.integers(-100, 10**9) | st.floats(-1, 1), min_size=1, max_size=30))
def test_whatever_is_plotted_stays_within_its_frame(values: list[float]) -> None:
    axes = Axes("day", "points", tuple(range(len(values))), str, "a plot")
    one = Series("one", "c1", tuple(values))
    up = Series("up", "c1", tuple(map(abs, values)))
    names = [str(v) for v in values]
    for svg in (
        lines(axes, [one]),
        areas(axes, [up]),
        bars(axes, [one], [up]),
        rows("rows", names, [up], str, x="points"),
        ranges("ranges", names, [("all", "c1", [(abs(v), abs(v), abs(v)) for v in values])], x="days"),
    ):
        found = ElementTree.fromstring(svg)
        _, _, width, height = map(float, (found.get("viewBox") or "").split())
        for rect in found.iter("rect"):
            x, y, w, h = (float(rect.get(name) or 0) for name in ("x", "y", "width", "height"))
            assert -0.1 <= x <= x + w <= width + 0.1
            assert -0.1 <= y <= y + h <= height + 0.1
        for shape in (*found.iter("polyline"), *found.iter("polygon")):
            for point in (shape.get("points") or "").split():
                px, py = map(float, point.split(","))
                assert -0.1 <= px <= width + 0.1
                assert -0.1 <= py <= height + 0.1
