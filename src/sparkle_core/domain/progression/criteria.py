"""Criteria: what somebody's counters must have come to, as a typed expression and as text.

Source: docs/contexts/achievements.md. Text is read by a grammar of its own, never evaluated:

    any    = all ("or" all)*
    all    = one ("and" one)*
    one    = counter ">=" number | "(" any ")"
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Annotated

from attrs import field, frozen, mutable

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import INT64_MAX, Items, Record, Whole

DEEPEST = 8
"""How many parentheses may be open at once."""


class CounterName(Enum):
    """What is counted of a person. What is taken back (a post deleted, a like withdrawn) is not counted any more.

    Some are not counted but reached: the highest that they ever came to stays.
    """

    POSTS_PUBLISHED = "posts_published"
    COMMENTS_POSTED = "comments_posted"
    LIKES_RECEIVED = "likes_received"
    LIKES_GIVEN = "likes_given"
    ANSWERS_ACCEPTED = "answers_accepted"
    TIPS_SENT = "tips_sent"
    TIPS_RECEIVED = "tips_received"
    PURCHASES_MADE = "purchases_made"
    TRADES_MADE = "trades_made"
    QUESTS_CLAIMED = "quests_claimed"
    STREAK_DAYS = "streak_days"  # the longest streak of visits
    LEVEL = "level"  # the highest ever reached; kept with the XP, and counted nowhere else

    @property
    def is_reached(self) -> bool:
        return self in (CounterName.STREAK_DAYS, CounterName.LEVEL)


Counts = Mapping[str, int]
"""Counter's name → how often; what is missing is 0."""


@frozen
class Step(Record):
    """One condition of a criterion, and how far somebody is: `have` is at most `need`."""

    counter: CounterName
    have: Annotated[int, Whole(0)]
    need: Annotated[int, Whole(1)]


@frozen
class AtLeast(Record):
    """A counter has come to a number, from 1."""

    counter: CounterName
    number: Annotated[int, Whole(1, INT64_MAX)]

    def met_by(self, counts: Counts) -> bool:
        return counts.get(self.counter.value, 0) >= self.number

    def percent(self, counts: Counts) -> int:
        """How far it is, from 0 to 100; 100 only once it is met."""
        return min(counts.get(self.counter.value, 0), self.number) * 100 // self.number

    def conditions(self) -> tuple["AtLeast", ...]:
        return (self,)

    def __str__(self) -> str:
        return f"{self.counter.value} >= {self.number}"


@frozen
class AllOf(Record):
    """Every part is met."""

    parts: Annotated[tuple["Criterion", ...], Items(20, min=2)]

    def met_by(self, counts: Counts) -> bool:
        return all(part.met_by(counts) for part in self.parts)

    def percent(self, counts: Counts) -> int:
        """The mean of its parts, rounded down."""
        return sum(part.percent(counts) for part in self.parts) // len(self.parts)

    def conditions(self) -> tuple[AtLeast, ...]:
        return _conditions(self.parts)

    def __str__(self) -> str:
        return " and ".join(map(_within, self.parts))


@frozen
class AnyOf(Record):
    """One part is met, or more."""

    parts: Annotated[tuple["Criterion", ...], Items(20, min=2)]

    def met_by(self, counts: Counts) -> bool:
        return any(part.met_by(counts) for part in self.parts)

    def percent(self, counts: Counts) -> int:
        """That of the part that is farthest."""
        return max(part.percent(counts) for part in self.parts)

    def conditions(self) -> tuple[AtLeast, ...]:
        return _conditions(self.parts)

    def __str__(self) -> str:
        return " or ".join(map(_within, self.parts))


Criterion = AtLeast | AllOf | AnyOf


def steps(criterion: Criterion, counts: Counts) -> tuple[Step, ...]:
    """How far somebody is with each condition, in the order in which they are written."""
    return tuple(
        Step(c.counter, max(0, min(counts.get(c.counter.value, 0), c.number)), c.number) for c in criterion.conditions()
    )


def _conditions(parts: Iterable[Criterion]) -> tuple[AtLeast, ...]:
    return tuple(c for part in parts for c in part.conditions())


def _within(part: Criterion) -> str:
    return str(part) if isinstance(part, AtLeast) else f"({part})"


def parsed(text: str) -> Criterion:
    """The criterion that a text says. Raises `Invalid` at `when`, naming what is wrong and where.

    >>> parsed("posts_published >= 10 and (likes_received >= 50 or level >= 5)").conditions()[2].number
    5
    """
    reader = _Reader(text)
    criterion = reader.any_of()
    if reader.token is not None:
        raise reader.wrong("and, or, or the end")
    return criterion


_TOKEN = re.compile(r"\s*(>=|[()]|[A-Za-z_]\w*|\d+|\S|$)", re.ASCII)


@mutable
class _Reader:
    """Reads one text, token by token; None is its end."""

    text: str
    at: int = 0
    deep: int = 0
    token: str | None = field(init=False)
    began: int = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.go_on()

    def go_on(self) -> None:
        """The token after the one that was next is next now."""
        found = _TOKEN.match(self.text, self.at)
        assert found is not None, "a token is anything up to the end"
        self.token, self.began, self.at = found[1] or None, found.start(1), found.end()

    def wrong(self, wanted: str) -> Invalid:
        there = f"{self.token!r}" if self.token is not None else "the end"
        return Invalid.at("when", f"at character {self.began + 1} there must be {wanted}, not {there}")

    def any_of(self) -> Criterion:
        parts = [self.all_of()]
        while self.token == "or":  # noqa: S105 - a word of the grammar
            self.go_on()
            parts.append(self.all_of())
        return parts[0] if len(parts) == 1 else AnyOf(self.few(parts))

    def all_of(self) -> Criterion:
        parts = [self.one()]
        while self.token == "and":  # noqa: S105 - a word of the grammar
            self.go_on()
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else AllOf(self.few(parts))

    def few(self, parts: list[Criterion]) -> tuple[Criterion, ...]:
        if len(parts) > 20:
            raise Invalid.at("when", f"must join at most 20 conditions at a time, joins {len(parts)}")
        return tuple(parts)

    def one(self) -> Criterion:
        if self.token == "(":  # noqa: S105 - a mark of the grammar
            return self.in_parentheses()
        if self.token is None or not (self.token[0].isalpha() or self.token[0] == "_"):
            raise self.wrong("a counter or (")
        counter = self.counter()
        if self.token != ">=":  # noqa: S105 - a mark of the grammar
            raise self.wrong(">=")
        self.go_on()
        return AtLeast(counter, self.number())

    def in_parentheses(self) -> Criterion:
        self.deep += 1
        if self.deep > DEEPEST:
            raise Invalid.at("when", f"must have at most {DEEPEST} parentheses open at once")
        self.go_on()
        inside = self.any_of()
        if self.token != ")":  # noqa: S105 - a mark of the grammar
            raise self.wrong(")")
        self.go_on()
        self.deep -= 1
        return inside

    def counter(self) -> CounterName:
        try:
            found = CounterName(self.token)
        except ValueError:
            known = ", ".join(c.value for c in CounterName)
            raise Invalid.at("when", f"{self.token} is not a counter; known: {known}") from None
        self.go_on()
        return found

    def number(self) -> int:
        digits = self.token or ""
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 19 or not 1 <= int(digits) <= INT64_MAX:
            raise self.wrong(f"a whole number from 1 to {INT64_MAX:,}")
        self.go_on()
        return int(digits)
