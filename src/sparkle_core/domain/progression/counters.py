"""Counters: how often each thing happened to a person, since they joined. Source: docs/contexts/achievements.md."""

from datetime import datetime
from typing import Annotated, Self

from attrs import Factory, frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, UserId, Whole
from sparkle_core.domain.kernel.stored import NOT_PERSONAL, Kind
from sparkle_core.domain.progression.criteria import CounterName
from sparkle_core.domain.progression.rewards import Name


@frozen(kw_only=True)
class PersonCounters(Aggregate):
    """A person's counters (their id is the row's), by name.

    One row a person, so that whoever counts holds it: of two that bring about the two halves of a
    criterion at once, the later one sees both. `latest_day`: the latest of the person's days in which
    something counted in a quest, by its number from 0001-01-01; 0: none yet. `latest_at`: the instant of
    the first thing that did, from which on it is that day; None, of a day before that was kept. `claimed`: the
    quests that they ever claimed, which others may require.
    """

    id: UserId
    counts: dict[str, int] = Factory(dict)
    latest_day: Annotated[int, Whole(0, 3_652_059)] = 0
    latest_at: Instant | None = None
    claimed: tuple[Name, ...] = ()

    def counted(self, counter: CounterName, by: int) -> Self:
        """With so many more, or fewer; never less than nothing."""
        now = max(0, self.counts.get(counter.value, 0) + by)
        return self.then(counts={**self.counts, counter.value: now})

    def raised(self, counter: CounterName, to: int) -> Self:
        """With what was reached, if it is more than ever before."""
        if to <= self.counts.get(counter.value, 0):
            return self
        return self.then(counts={**self.counts, counter.value: to})

    def on_day(self, day: int, at: datetime) -> Self:
        """With something of an instant having counted on a day, which may be an earlier one."""
        return self if day <= self.latest_day else self.then(latest_day=day, latest_at=at)

    def having_claimed(self, quest: str) -> Self:
        return self if quest in self.claimed else self.then(claimed=(*self.claimed, quest))


PERSON_COUNTERS = Kind(PersonCounters, "person_counters", personal={"counts": NOT_PERSONAL, "claimed": NOT_PERSONAL})
