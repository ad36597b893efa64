"""What a community's books say of it, day by day: a fold over XP entries, transfers and quest claims, each read once.

Another measure is a fold over one of these, or over a further log that `living.Community` reads on in: a field of
`Day` or `Report`, and a line in `tables.py` and in `charts.py`.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from statistics import quantiles
from uuid import UUID

from attrs import Factory, field, frozen, mutable

from sparkle_core.domain.economy.ledger import ISSUANCE, PLATFORM, Currency, Purpose, Transfer, account_id, wallet_of
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import ProgressionRules, XpEntry
from sparkle_core.domain.progression.quests import QuestClaim

SINKS = frozenset(account_id(PLATFORM, Currency.SPARKLE, purpose) for purpose in (Purpose.SINK, Purpose.FEES))
"""Where spent points go: the store's sink and the platform's fees."""
DAY_S = 86_400


@frozen(kw_only=True)
class Day:
    """How the community stood at the end of a day, and what moved in it; points in SPARKLE, by the kind of transfer.

    `levels`: how many people stood at each. `supply`: points that people have, in escrow too. `gini` of
    their wallets: 0 when all have the same, towards 1 when one has everything.
    """

    day: int
    people: int
    levels: dict[int, int]
    issued: dict[str, int]
    spent: dict[str, int]
    moved: dict[str, int]
    xp: dict[str, int]
    supply: int
    gini: float


@frozen(kw_only=True)
class ToLevel:
    """How many people ever reached a level, and after how many days from joining: the three quartiles of these."""

    level: int
    people: int
    days: tuple[float, float, float]


@frozen(kw_only=True)
class Source:
    """What a source of XP gave in all, how often, and to how many people."""

    source: str
    xp: int
    awards: int
    people: int


@frozen(kw_only=True)
class Completed:
    """How often a quest of the rules was completed and its reward claimed, and by how many people at least once."""

    quest: str
    claims: int
    people: int


@frozen(kw_only=True)
class Standing:
    """Those of one profile at the end: how many, their mean level, and what they have together."""

    profile: str
    people: int
    mean_level: float
    points: int


@frozen(kw_only=True)
class Report:
    """One community's life. `calls`: requests by name and outcome, those that reactions asked for included."""

    rules: str
    days: tuple[Day, ...]
    to_level: tuple[ToLevel, ...]
    sources: tuple[Source, ...]
    quests: tuple[Completed, ...]
    profiles: tuple[Standing, ...]
    calls: dict[str, dict[str, int]]


@mutable(eq=False)
class _Member:
    """Where somebody stands: since when, at which level now, and at most so far."""

    profile: str
    joined_at: datetime
    level: int = 1
    highest: int = 1


@mutable(eq=False)
class Measures:
    """The fold: what is known after everything read so far."""

    rules: ProgressionRules
    days: list[Day] = Factory(list)
    balances: Counter[UUID] = Factory(Counter)
    members: dict[UserId, _Member] = Factory(dict)
    wallets: list[UUID] = Factory(list)
    levels: Counter[int] = Factory(Counter)
    reached: dict[int, list[float]] = Factory(dict)
    xp: Counter[str] = Factory(Counter)
    awards: Counter[str] = Factory(Counter)
    earners: dict[str, set[UserId]] = Factory(dict)
    claims: Counter[str] = Factory(Counter)
    claimants: dict[str, set[UserId]] = Factory(dict)
    supply: int = 0
    _issued: Counter[str] = field(factory=Counter, init=False)
    _spent: Counter[str] = field(factory=Counter, init=False)
    _moved: Counter[str] = field(factory=Counter, init=False)
    _xp: Counter[str] = field(factory=Counter, init=False)

    def join(self, user_id: UserId, profile: str, at: datetime) -> None:
        """Somebody new, at level 1. To be told before what they earn is read."""
        self.members[user_id] = _Member(profile, at)
        self.wallets.append(wallet_of(user_id))
        self.levels[1] += 1

    def points(self, user_id: UserId) -> int:
        """What somebody has in their wallet."""
        return self.balances[wallet_of(user_id)]

    def earn(self, entries: Iterable[XpEntry]) -> None:
        """XP given and taken back."""
        for entry in entries:
            self._xp[entry.source] += entry.amount
            self.xp[entry.source] += entry.amount
            if not entry.reversal:
                self.awards[entry.source] += 1
                self.earners.setdefault(entry.source, set()).add(entry.user_id)
            self._stand(self.members[entry.user_id], self.rules.curve.level_at(entry.total), entry.at)

    def complete(self, claims: Iterable[QuestClaim]) -> None:
        """Quests completed, whatever their reward is."""
        for claim in claims:
            self.claims[claim.quest] += 1
            self.claimants.setdefault(claim.quest, set()).add(claim.user_id)

    def _stand(self, member: _Member, level: int, at: datetime) -> None:
        if level == member.level:
            return
        self.levels[member.level] -= 1
        self.levels[level] += 1
        member.level = level
        for new in range(member.highest + 1, level + 1):
            self.reached.setdefault(new, []).append((at - member.joined_at).total_seconds())
        member.highest = max(member.highest, level)

    def move(self, transfers: Iterable[Transfer]) -> None:
        """Points issued, spent, and moved from one to another; a reversal takes off what it gives back."""
        for transfer in transfers:
            if transfer.currency is not Currency.SPARKLE:
                continue
            amount, kind = transfer.amount, transfer.kind
            given_back = transfer.reverses.namespace if transfer.reverses is not None else kind
            self.balances[transfer.debit] -= amount
            self.balances[transfer.credit] += amount
            if transfer.debit == ISSUANCE.id:
                self._issued[kind] += amount
                self.supply += amount
            elif transfer.credit == ISSUANCE.id:
                self._issued[given_back] -= amount
                self.supply -= amount
            elif transfer.credit in SINKS:
                self._spent[kind] += amount
                self.supply -= amount
            elif transfer.debit in SINKS:
                self._spent[given_back] -= amount
                self.supply += amount
            else:
                self._moved[kind] += amount

    def end_day(self) -> Day:
        """Take down how things stand, and begin the next day."""
        day = Day(
            day=len(self.days) + 1,
            people=len(self.members),
            levels={level: many for level, many in sorted(self.levels.items()) if many},
            issued=_sorted(self._issued),
            spent=_sorted(self._spent),
            moved=_sorted(self._moved),
            xp=_sorted(self._xp),
            supply=self.supply,
            gini=gini([self.balances[wallet] for wallet in self.wallets]),
        )
        self.days.append(day)
        for counted in (self._issued, self._spent, self._moved, self._xp):
            counted.clear()
        return day

    def report(self, rules: str, calls: Counter[tuple[str, str]]) -> Report:
        """Everything, at the end."""
        outcomes: dict[str, dict[str, int]] = {}
        for (request, outcome), many in sorted(calls.items()):
            outcomes.setdefault(request, {})[outcome] = many
        return Report(
            rules=rules,
            days=tuple(self.days),
            to_level=tuple(self._to_level(level) for level in sorted(self.reached)),
            sources=tuple(
                Source(source=name, xp=self.xp[name], awards=self.awards[name], people=len(people))
                for name, people in sorted(self.earners.items())
            ),
            quests=tuple(
                Completed(quest=q.name, claims=self.claims[q.name], people=len(self.claimants.get(q.name, ())))
                for q in self.rules.quests
            ),
            profiles=tuple(self._standing(name) for name in dict.fromkeys(m.profile for m in self.members.values())),
            calls=outcomes,
        )

    def _to_level(self, level: int) -> ToLevel:
        seconds = self.reached[level]
        cuts = quantiles(seconds, n=4, method="inclusive") if len(seconds) > 1 else seconds * 3
        low, middle, high = (round(cut / DAY_S, 1) for cut in cuts)
        return ToLevel(level=level, people=len(seconds), days=(low, middle, high))

    def _standing(self, profile: str) -> Standing:
        mine = {user_id: m for user_id, m in self.members.items() if m.profile == profile}
        return Standing(
            profile=profile,
            people=len(mine),
            mean_level=round(sum(m.level for m in mine.values()) / len(mine), 2),
            points=sum(map(self.points, mine)),
        )


def _sorted(counted: Counter[str]) -> dict[str, int]:
    return {name: many for name, many in sorted(counted.items()) if many}


def gini(balances: list[int]) -> float:
    """Gini's coefficient to four decimals; 0 for nobody and for nothing. Nobody has less than nothing.

    >>> gini([5, 5, 5, 5]), gini([0, 0, 0, 12]), gini([])
    (0.0, 0.75, 0.0)
    """
    total, many = sum(balances), len(balances)
    if not total:
        return 0.0
    weighed = sum(rank * balance for rank, balance in enumerate(sorted(balances), 1))
    return round((2 * weighed - (many + 1) * total) / (many * total), 4)
