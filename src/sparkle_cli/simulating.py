"""Living through an economy before people do, and comparing two sets of rules."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_bootstrap.operating import checked_rules
from sparkle_cli.options import Json, Whole
from sparkle_cli.output import tell, tell_json, tell_table, writing
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_simulation.measuring import Report
from sparkle_simulation.profiles import Population
from sparkle_simulation.running import Plan, nobody_waits, simulate
from sparkle_simulation.tables import calls_made, letters, tables

MOST_RULES = 2
DEFAULTS = "default rules"


def run(
    *,
    people: Annotated[Whole, Parameter(help="How many join, from 1 to 100,000.")] = 200,
    days: Annotated[Whole, Parameter(help="How long they live there, from 1 to 730.")] = 30,
    seed: Annotated[Whole, Parameter(help="The same seed gives the same lives, and the same bytes.")] = 1,
    rules: Annotated[
        tuple[Path, ...],
        Parameter(
            "--rules",
            negative="",
            env_var="SPARKLE_RULES",
            help="A TOML file of rules; named twice, both are lived under and compared.",
        ),
    ] = (),
    population: Annotated[
        Path | None, Parameter(help="A TOML file that says how people behave, where not as by default.")
    ] = None,
    html: Annotated[Path | None, Parameter(help="A file for plots: one page that needs nothing else.")] = None,
    json: Json = False,
) -> None:
    """Let agents live in a community in memory, by a seed, and report what becomes of levels and points.

    Nothing is read from or written to any database.
    """
    plan = Plan(
        people=people, days=days, seed=seed, population=Population.load(population) if population else Population()
    )
    sets = _rule_sets(rules)
    if html is not None:
        _prove_writable(html)
    began = time.monotonic()
    with _progress(len(sets) * days) as on_days:
        reports = [
            simulate(plan, each, name, progress=lambda lived, before=n * days: on_days(before + lived))  # type: ignore[misc]
            for n, (name, each) in enumerate(sets)
        ]
    took_s = time.monotonic() - began
    if html is not None:
        from sparkle_simulation.page import page

        with writing(html, "--html"):
            html.write_text(page(plan, reports), encoding="utf-8")
    if json:
        tell_json({"people": people, "days": days, "seed": seed, "runs": [asdict(report) for report in reports]})
    else:
        _tell(reports)
        tell(f"{people:,} people over {days:,} days from seed {seed}, in {took_s:.1f} s: {_speed(reports, took_s)}.")
        if html is not None:
            tell(f"Plots are in {html}.")


def _rule_sets(files: Sequence[Path]) -> list[tuple[str, Rules]]:
    """The rules to live under, by name; the defaults without a file. Raises `Invalid`."""
    if len(files) > MOST_RULES:
        raise Invalid.at("--rules", f"takes {MOST_RULES} files at most, to compare; got {len(files)}")
    return [(file.name, checked_rules(file)) for file in files] or [(DEFAULTS, Rules())]


def _prove_writable(file: Path) -> None:
    """Raises `Invalid` before the work instead of after it. Only trying says what a file system allows."""
    with writing(file, "--html"):
        there = file.exists()
        file.open("ab").close()
        if not there:
            file.unlink()


def _tell(reports: Sequence[Report]) -> None:
    if len(reports) > 1:
        for letter, report in zip(letters(reports), reports, strict=True):
            tell(f"{letter}: {report.rules}")
        tell()
    for table in tables(reports):
        tell(table.title)
        tell_table(table.headings, table.rows, numbers=table.headings[1:])
        tell()


def _speed(reports: Sequence[Report], took_s: float) -> str:
    calls = sum(map(calls_made, reports))
    return f"{calls:,} commands, {calls / took_s:,.0f} a second"


def _progress(days: int) -> AbstractContextManager[Callable[[float], None]]:
    """Shows how far it is and how long it will take, on a terminal; answers what to tell of the days over."""
    return _bar(days) if sys.stderr.isatty() else nullcontext(nobody_waits)


@contextmanager
def _bar(days: int) -> Iterator[Callable[[float], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("Day {task.completed:.0f} of {task.total:.0f}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(elapsed_when_finished=True),
        TextColumn("left"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("days", total=days)
        yield lambda lived: progress.update(task, completed=lived)
