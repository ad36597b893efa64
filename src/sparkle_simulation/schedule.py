"""Who joins on which day, and who does what when: all that follows from seed and population alone.

Two sets of rules are lived under by the same people at the same times, so that what differs in
the end is due to the rules.
"""

from collections.abc import Mapping
from itertools import pairwise
from random import Random
from typing import NamedTuple

from sparkle_simulation.profiles import RATE_DAYS, Population, habits_of

DAY_MS = 86_400_000

Party = tuple[str, int]
"""A profile's name and how many of it join together: one, or a whole ring."""


class Deed(NamedTuple):
    """At which millisecond of the day somebody does something; `who` is their number among those of the profile."""

    at_ms: int
    profile: str
    habit: str
    who: int


def drawn(*what: object) -> Random:
    """Chance for one purpose: the same for the same words."""
    return Random(":".join(map(str, what)))  # noqa: S311 # seeded on purpose


def arrivals(population: Population, people: int, days: int, seed: int) -> list[list[Party]]:
    """Who joins, day by day: the first day's share at once, the others evenly over the days that follow."""
    parties: list[Party] = []
    for name, many in population.shared_out(people).items():
        size = population.profiles[name].ring or 1
        parties += [(name, min(size, many - at)) for at in range(0, many, size)]
    drawn(seed, "arrivals").shuffle(parties)
    first = len(parties) if days == 1 else -(-len(parties) * population.first_day_percent // 100)
    later = parties[first:]
    cuts = [len(later) * day // max(1, days - 1) for day in range(days)]
    return [parties[:first], *(later[a:b] for a, b in pairwise(cuts))]


def deeds_of(population: Population, present: Mapping[str, int], day: int, seed: int) -> list[Deed]:
    """What those present do on a day, in order.

    Each habit of each profile is a Poisson process over the day, whose every deed is done by one of
    them, drawn evenly: the same as one process a person, at a cost of what is done and not of who is there.
    """
    chance, deeds = drawn(seed, "day", day), []
    for name, profile in population.profiles.items():
        people = present.get(name, 0)
        for habit, rate in habits_of(profile).items() if people else ():
            a_day, at = people * rate / RATE_DAYS, 0.0
            while (at := at + chance.expovariate(a_day)) < 1.0:
                deeds.append(Deed(int(at * DAY_MS), name, habit, int(chance.random() * people)))
    deeds.sort()
    return deeds
