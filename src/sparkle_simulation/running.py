"""Running a simulation: days of a community, for one set of rules or for two."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from attrs import Factory, frozen

from sparkle_bootstrap.processes import NEW_OBJECTS
from sparkle_bootstrap.simulating import simulated
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.fields import Record, Whole
from sparkle_simulation.living import Community
from sparkle_simulation.measuring import Measures, Report
from sparkle_simulation.profiles import Population
from sparkle_simulation.schedule import arrivals

TIDY_DAYS = 7
"""How often the worker's upkeep runs; what has had its time is kept for that much longer at most."""


@frozen(kw_only=True)
class Plan(Record):
    """Who lives for how long, from which seed. The same plan and rules give the same report, byte for byte."""

    people: Annotated[int, Whole(1, 100_000)] = 200
    days: Annotated[int, Whole(1, 730)] = 30
    seed: Annotated[int, Whole(0, 2**62)] = 1
    population: Population = Factory(Population)


def nobody_waits(days: float) -> None:
    """Progress that nobody looks at."""


def simulate(
    plan: Plan, rules: Rules, name: str = "default rules", *, progress: Callable[[float], None] = nobody_waits
) -> Report:
    """Live a plan under some rules; `progress` is told how many days are over. Raises `Invalid` for rules in error."""
    stage = simulated(plan.seed, rules)
    measures = Measures(rules.progression)
    community = Community(stage, plan.population, plan.seed, measures)
    with stage.sparkle, _collecting_less():
        community.open_store()
        for day, parties in enumerate(arrivals(plan.population, plan.people, plan.days, plan.seed)):
            community.live_day(parties, lambda part, day=day: progress(day + part))  # type: ignore[misc]
            if (day + 1) % TIDY_DAYS == 0:
                stage.sparkle.run_coroutine(stage.sparkle.tidy_up())
            gc.freeze()
            progress(day + 1)
    return measures.report(name, stage.calls)


@contextmanager
def _collecting_less() -> Iterator[None]:
    """Millions of rows come to stay: Python need not look through them for cycles again and again."""
    before = gc.get_threshold()
    gc.set_threshold(NEW_OBJECTS, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
