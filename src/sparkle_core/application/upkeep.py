"""Upkeep: what has had its time is removed for good, in bulk, by the worker."""

from datetime import timedelta
from typing import Any

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, UseCase
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.accounts import (
    ALERTS,
    EMAIL_CHALLENGES,
    EMAIL_CHANGES,
    LOGIN_CHALLENGES,
    LOGINS,
    PASSKEY_CEREMONIES,
    PASSWORD_RESETS,
    PROVIDER_SIGN_UPS,
    PROVIDER_VISITS,
    SESSIONS,
    SIGN_UPS,
)
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.stored import Clause, Kind, Log, Order, eq, lt
from sparkle_core.domain.leaderboards.leagues import (
    COHORTS,
    DRAWS,
    SEATS,
)
from sparkle_core.domain.progression.quests import (
    QUEST_PROGRESS,
)
from sparkle_core.ports.security import RateLimiter


@frozen
class Retention:
    """How long rows are kept: those whose `field` is older than `kept`, and that meet every clause, go."""

    shape: Kind[Any] | Log[Any]
    field: str
    kept: timedelta
    where: tuple[Clause, ...] = ()


RETENTION = (
    Retention(RECEIPTS, "expires_at", timedelta(0)),
    Retention(OUTBOX, "at", timedelta(days=30), (eq("delivery", Delivery.DONE),)),
    Retention(ALERTS, "last_at", timedelta(days=365)),
    Retention(SESSIONS, "expires_at", timedelta(days=7)),
    Retention(EMAIL_CHALLENGES, "expires_at", timedelta(days=1)),
    Retention(QUEST_PROGRESS, "expires_at", timedelta(days=30)),
    Retention(PASSWORD_RESETS, "expires_at", timedelta(days=1)),
    Retention(EMAIL_CHANGES, "expires_at", timedelta(days=1)),
    Retention(LOGIN_CHALLENGES, "expires_at", timedelta(days=1)),
    Retention(PASSKEY_CEREMONIES, "expires_at", timedelta(days=1)),
    Retention(PROVIDER_VISITS, "expires_at", timedelta(days=1)),
    Retention(PROVIDER_SIGN_UPS, "expires_at", timedelta(days=1)),
    Retention(SIGN_UPS, "requested_at", timedelta(days=1)),
    Retention(DRAWS, "ends_at", timedelta(days=400)),
    Retention(COHORTS, "ends_at", timedelta(days=400)),
    Retention(SEATS, "ends_at", timedelta(days=400)),
)
"""Source: what is not named in a page of docs/contexts is kept while it is of use."""

LOGINS_KEPT = timedelta(days=90)
"""Source: docs/contexts/accounts.md."""

_MICROSECOND = timedelta(microseconds=1)


@frozen(kw_only=True)
class Removed(Record):
    """How many rows went."""

    rows: int


@frozen(kw_only=True)
class TidyUp(Command[Removed]):
    """Remove receipts, acted-on events, sessions and codes that have had their time."""


@frozen(kw_only=True)
class ForgetLogins(Command[Removed]):
    """Remove login history that is older than 90 days: some 200 rows a transaction, as guessing makes many of them."""


@frozen(kw_only=True)
class Expired(Record):
    """How many holds ended."""

    holds: int


@frozen(kw_only=True)
class ExpireHolds(Command[Expired]):
    """Make available again what holds that have run out had set aside: at most 200 of them."""


async def forget_windows(cmd: TidyUp, prep: Preparation, *, limiter: RateLimiter) -> int:
    """Forget the rate limits' windows that have ended."""
    return await limiter.expire(prep.now)


async def tidy_up(cmd: TidyUp, work: Work, windows: int) -> Removed:
    rows = windows
    for rule in RETENTION:
        rows += await work.store.expire(rule.shape, rule.field, work.now - rule.kept, *rule.where)
    return Removed(rows=rows)


async def forget_logins(cmd: ForgetLogins, work: Work) -> Removed:
    old = await work.store.page(LOGINS, lt("at", work.now - LOGINS_KEPT), order=Order("at"))
    if not old:
        return Removed(rows=0)
    return Removed(rows=await work.store.expire(LOGINS, "at", old[-1].at + _MICROSECOND))


async def expire_holds(cmd: ExpireHolds, work: Work) -> Expired:
    return Expired(holds=len(await work.ledger.expire(work.now)))


USE_CASES = (
    UseCase(TidyUp, tidy_up, Permission.DELIVER, prepare=forget_windows),
    UseCase(ForgetLogins, forget_logins, Permission.DELIVER),
    UseCase(ExpireHolds, expire_holds, Permission.DELIVER),
)
