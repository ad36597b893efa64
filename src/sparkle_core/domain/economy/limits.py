"""How much somebody may give away, by what it is and how far they are trusted. Source: docs/contexts/economy.md.

The ledger keeps, on each account, what has gone out of it today by kind; so a limit costs no read,
and holds for many at once as the balance does: under the account's lock.
"""

from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Annotated

from attrs import frozen

from sparkle_core.domain.economy.errors import LimitReached
from sparkle_core.domain.economy.ledger import Account
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Items, Record, Whole

Most = Annotated[int, Whole(0, 1_000_000_000_000)]
TRUST_LEVELS = 5


@frozen(kw_only=True)
class Limit(Record):
    """The largest transfer, the most in a day (UTC), both in points, and how many days old an account has to be.

    A day allows the largest: what is told to wait for tomorrow can be done then.
    """

    largest: Most
    a_day: Most
    min_age_days: Annotated[int, Whole(0, 3_650)] = 0

    def _rules(self) -> tuple[Fault, ...]:
        return (Fault("a_day", f"must be at least the largest, {self.largest:,}"),) if self.a_day < self.largest else ()


def _by_trust(largest: int) -> tuple[Limit, ...]:
    return tuple(Limit(largest=largest * times, a_day=5 * largest * times) for times in (1, 2, 5, 20, 100))


@frozen(kw_only=True)
class Limits(Record):
    """For tips, trades and gifts one limit for each trust level, 0 to 4. Source: docs/contexts/economy.md."""

    tips: Annotated[tuple[Limit, ...], Items(TRUST_LEVELS)] = _by_trust(10_000)
    trades: Annotated[tuple[Limit, ...], Items(TRUST_LEVELS)] = _by_trust(50_000)
    gifts: Annotated[tuple[Limit, ...], Items(TRUST_LEVELS)] = _by_trust(10_000)

    def _rules(self) -> tuple[Fault, ...]:
        kinds = {"tips": self.tips, "trades": self.trades, "gifts": self.gifts}
        wrong = (name for name, limits in kinds.items() if len(limits) != TRUST_LEVELS)
        return tuple(Fault(name, f"must have {TRUST_LEVELS} limits, one for each trust level from 0") for name in wrong)


KINDS = {"tips": ("tip",), "trades": ("escrow", "trade", "trade_fee"), "gifts": ("gift",)}
"""What is limited, and the kinds of transfers that count towards it."""


def old_enough(limit: Limit, what: str, since: datetime, now: datetime) -> None:
    """Raises `LimitReached` for somebody who has not been here long enough, `since` then, for `what`."""
    until = since + timedelta(days=limit.min_age_days)
    if now < until:
        raise _until(until, now, f"{what}: accounts of at least {limit.min_age_days} days")


def keep_within(limit: Limit, what: str, amount: int, paid: Account, now: datetime) -> None:
    """Raises `LimitReached` when `amount` was more than may leave an account for `what`.

    `paid`: the account as it is after that. All in points.
    """
    if amount > limit.largest:
        raise LimitReached(f"{what}: at most {limit.largest:,} at once")
    if sum(paid.gone_today.get(kind, 0) for kind in KINDS[what]) > limit.a_day:
        tomorrow = datetime.combine(datetime.fromordinal(paid.day + 1), time(), UTC)
        raise _until(tomorrow, now, f"{what}: at most {limit.a_day:,} a day")


def _until(at: datetime, now: datetime, limit: str) -> LimitReached:
    return LimitReached(limit, at, ceil((at - now).total_seconds()))
