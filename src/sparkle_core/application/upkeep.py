"""Upkeep: what has had its time is removed for good, in bulk, by the worker."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.outbox import OUTBOX, Delivery
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.accounts import (
    ALERTS,
    EMAIL_CHALLENGES,
    EMAIL_CHANGES,
    EXPORT_PARTS,
    EXPORTS,
    GUARDIAN_CONSENTS,
    LOGIN_CHALLENGES,
    LOGINS,
    PASSKEY_CEREMONIES,
    PASSWORD_RESETS,
    PROVIDER_SIGN_UPS,
    PROVIDER_VISITS,
    SESSIONS,
    SIGN_UPS,
)
from sparkle_core.domain.accounts.guardians import ConsentState
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.auditing import AUDIT_VALUES
from sparkle_core.domain.kernel.fields import Record
from sparkle_core.domain.kernel.retention import RetentionRules
from sparkle_core.domain.kernel.stored import PAGE_MAX, After, Clause, Kind, Log, Order, eq, lt
from sparkle_core.domain.leaderboards.leagues import (
    COHORTS,
    DRAWS,
    SEATS,
)
from sparkle_core.domain.notifications import NOTIFICATIONS
from sparkle_core.domain.progression.quests import (
    QUEST_PROGRESS,
)
from sparkle_core.ports.security import RateLimiter


@frozen
class Retention:
    """How long rows are kept: those whose `field` is older than `rule` says, and that meet every clause, go.

    `rule`: a field of `RetentionRules`; without one they go at that very instant.
    """

    shape: Kind[Any] | Log[Any]
    field: str
    rule: str = ""
    where: tuple[Clause, ...] = ()

    def before(self, now: datetime, rules: RetentionRules) -> datetime:
        """What is older than this goes."""
        return now - rules.kept(self.rule) if self.rule else now


RETENTION = (
    Retention(RECEIPTS, "expires_at"),
    Retention(OUTBOX, "due_at", "acted_on_events", (eq("delivery", Delivery.DONE),)),
    Retention(LOGINS, "at", "login_history"),
    Retention(ALERTS, "last_at", "alerts"),
    Retention(SESSIONS, "expires_at", "sessions"),
    Retention(EMAIL_CHALLENGES, "expires_at", "codes"),
    Retention(QUEST_PROGRESS, "expires_at", "quests"),
    Retention(PASSWORD_RESETS, "expires_at", "codes"),
    Retention(EMAIL_CHANGES, "expires_at", "codes"),
    Retention(LOGIN_CHALLENGES, "expires_at", "codes"),
    Retention(GUARDIAN_CONSENTS, "expires_at", "codes", (eq("state", ConsentState.ASKED),)),
    Retention(PASSKEY_CEREMONIES, "expires_at", "codes"),
    Retention(PROVIDER_VISITS, "expires_at", "codes"),
    Retention(PROVIDER_SIGN_UPS, "expires_at", "codes"),
    Retention(EXPORTS, "expires_at"),
    Retention(EXPORT_PARTS, "expires_at"),
    Retention(SIGN_UPS, "requested_at", "codes"),
    Retention(DRAWS, "ends_at", "leagues"),
    Retention(COHORTS, "ends_at", "leagues"),
    Retention(SEATS, "ends_at", "leagues"),
    Retention(NOTIFICATIONS, "read_at", "read_notifications"),
    Retention(AUDIT_VALUES, "at", "audit_values"),
)
"""What is named here is removed by `TidyUp`; what is not is kept while it is of use. Source: docs/security.md."""


@frozen(kw_only=True)
class Removed(Record):
    """How many rows went."""

    rows: int


@frozen(kw_only=True)
class TidyUp(Command[Removed]):
    """Remove what has had its time, at most 200 rows of all kinds, so that no transaction holds anybody up."""


@frozen(kw_only=True)
class Due(Record):
    """How many rows of a stored thing have had their time: so many `days` after the instant in the field `since`."""

    stored: str
    since: str
    days: int
    rows: int


@frozen(kw_only=True)
class RetentionDue(Query[tuple[Due, ...]]):
    """What upkeep would remove now, counted and left where it is: a dry run."""


@frozen(kw_only=True)
class Expired(Record):
    """How many holds ended."""

    holds: int


@frozen(kw_only=True)
class ExpireHolds(Command[Expired]):
    """Make available again what holds that have run out had set aside: at most 200 of them."""


async def forget_windows(cmd: TidyUp, prep: Preparation, *, limiter: RateLimiter) -> None:
    """Forget the rate limits' windows that have ended; they are no rows, and some are kept by each process."""
    await limiter.expire(prep.now)


async def tidy_up(cmd: TidyUp, work: Work, _: None, *, rules: RetentionRules) -> Removed:
    rows = 0
    for policy in RETENTION:
        due = await _page(work, policy, rules, None, PAGE_MAX - rows)
        rows += await work.store.erase(policy.shape, [id for _, id in due])
        if rows == PAGE_MAX:
            break
    return Removed(rows=rows)


async def retention_due(query: RetentionDue, work: Work, *, rules: RetentionRules) -> tuple[Due, ...]:
    return tuple([await _due(work, policy, rules) for policy in RETENTION])


async def _due(work: Work, policy: Retention, rules: RetentionRules) -> Due:
    """Counted page by page, since nothing else needs a port to count with."""
    rows, after = 0, None
    while page := await _page(work, policy, rules, after, PAGE_MAX):
        rows += len(page)
        after = page[-1]
    days = rules.kept(policy.rule).days if policy.rule else 0
    return Due(stored=policy.shape.name, since=policy.field, days=days, rows=rows)


async def _page(
    work: Work, policy: Retention, rules: RetentionRules, after: After | None, limit: int
) -> list[tuple[datetime, UUID]]:
    """The rows that have had their time, oldest first, as (since when, id): read off an index."""
    where = (lt(policy.field, policy.before(work.now, rules)), *policy.where)
    order, shape = Order(policy.field), policy.shape
    rows: Sequence[Any]
    if isinstance(shape, Log):
        rows = await work.store.page(shape, *where, order=order, after=after, limit=limit)
    else:
        rows = await work.store.find(shape, *where, order=order, after=after, limit=limit, deleted=True)
    return [(getattr(row, policy.field), row.id) for row in rows]


async def expire_holds(cmd: ExpireHolds, work: Work) -> Expired:
    return Expired(holds=len(await work.ledger.expire(work.now)))


USE_CASES = (
    UseCase(TidyUp, tidy_up, Permission.DELIVER, prepare=forget_windows),
    UseCase(RetentionDue, retention_due, Permission.DELIVER),
    UseCase(ExpireHolds, expire_holds, Permission.DELIVER),
)
