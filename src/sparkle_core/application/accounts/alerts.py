"""Alerts about accounts: decided by the worker after the fact, so that signing in waits for none. Source:
docs/contexts/accounts.md.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.domain.accounts import ALERTS, FIRST_LOGINS, LOGINS, PEOPLE
from sparkle_core.domain.accounts.alerts import (
    FAILED,
    AlertType,
    FirstLogin,
    SecurityAlert,
    Severity,
    episode_of,
    of_a_failure,
    of_a_success,
)
from sparkle_core.domain.accounts.networks import NetworkKind
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.domain.accounts.proofs import LoginRecord, LoginResult
from sparkle_core.domain.accounts.rules import AlertRules, SecurityRules
from sparkle_core.domain.kernel.fields import Instant, Record, Subject, UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, OLDEST_FIRST, PAGE_MAX, Clause, eq, within
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.ports.watching import GeoLocator, IpIntelligence, UserAgents

LOOKED_AT = 1_000
"""Failures before one, or successes, that are looked at: what an hour of guessing at one account from eight addresses
makes, or from one network. What was refused for its address, of which there is no end, is not among them.
"""


@frozen(kw_only=True)
class AlertView(Record):
    """Something that one should know of one's account: since when, until when it was seen last, and its facts."""

    id: UUID
    type: AlertType
    severity: Severity
    at: Instant
    last_at: Instant
    data: dict[str, str]


@frozen(kw_only=True)
class MyAlerts(Query[Page[AlertView]]):
    """What one should know of one's own account, newest first."""

    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class WatchLogin(Command[None]):
    """The worker looks at a try to sign in, and raises the alerts that follow from it and those before it."""

    user_id: UserId
    login_id: UUID


@frozen(kw_only=True)
class RaiseAlert(Command[None]):
    """The worker raises an alert about something that happened."""

    user_id: UserId
    type: AlertType
    subject: Subject


async def watch_login(
    cmd: WatchLogin,
    work: Work,
    *,
    security: SecurityRules,
    user_agents: UserAgents,
    locator: GeoLocator,
    networks: IpIntelligence,
) -> None:
    rows = await work.store.page(LOGINS, eq("id", cmd.login_id), eq("user_id", cmd.user_id), limit=1)
    if not rows:  # it has had its time
        return
    (login,) = rows
    rules = security.alerts
    if login.result in FAILED:
        time = max(rules.failures_time, rules.addresses_time)
        before = await _before(work, login, time, within("result", FAILED))
        raised = of_a_failure(login, before, rules)
    elif login.result is LoginResult.SUCCEEDED and not await _is_first(work, login):
        known = max(rules.new_address_time, rules.new_device_time, rules.hours_time)
        successes = await _before(work, login, known, eq("result", LoginResult.SUCCEEDED))
        raised = of_a_success(login, successes, rules)
    else:
        return
    if raised:
        facts = _facts(login, user_agents, locator, networks)
        for type, subject in raised:
            await raise_alert(work, cmd.user_id, type, subject, login.at, facts, rules)


async def _before(work: Work, login: LoginRecord, time: timedelta, which: Clause) -> Sequence[LoginRecord]:
    """Such tries at the same account before one, as far back as is asked for: at most 1,000."""
    found: list[LoginRecord] = []
    after = (login.id, login.id)
    while len(found) < LOOKED_AT:
        page = await work.store.page(LOGINS, eq("user_id", login.user_id), which, order=NEWEST_FIRST, after=after)
        found += (each for each in page if login.at - each.at < time)
        if len(page) < PAGE_MAX or login.at - page[-1].at >= time:
            break
        after = (page[-1].id, page[-1].id)
    return found


async def _is_first(work: Work, login: LoginRecord) -> bool:
    """Whether the account was never signed in to before; noted once, as the history is not kept for ever."""
    first = await work.store.get(FIRST_LOGINS, login.user_id)
    if first is None:
        successes = (eq("user_id", login.user_id), eq("result", LoginResult.SUCCEEDED))
        (earliest, *_) = await work.store.page(LOGINS, *successes, order=OLDEST_FIRST, limit=1)
        first = FirstLogin(id=login.user_id, login_id=earliest.id, at=earliest.at)
        work.save(FIRST_LOGINS, first)
    return first.login_id == login.id


def _facts(
    login: LoginRecord, user_agents: UserAgents, locator: GeoLocator, networks: IpIntelligence
) -> dict[str, str]:
    """From where it was, as far as that is known."""
    facts = {}
    if login.address is not None:
        facts["address"] = login.address
        place, kind = locator.locate(login.address), networks.kind_of(login.address)
        if place is not None:
            facts["location"] = place.label
        if kind not in (NetworkKind.ORDINARY, NetworkKind.UNKNOWN):
            facts["network"] = kind.value
    if login.user_agent:
        facts["program"] = user_agents.program(login.user_agent).label
    return facts


async def raise_alert_of(cmd: RaiseAlert, work: Work, *, security: SecurityRules) -> None:
    await raise_alert(work, cmd.user_id, cmd.type, cmd.subject, work.now, {}, security.alerts)


async def raise_alert(
    work: Work,
    user_id: UserId,
    type: AlertType,
    subject: str,
    at: datetime,
    facts: dict[str, str],
    rules: AlertRules,
) -> None:
    """Raise an alert, once an episode; none about who has left.

    Who raises one at the same time as somebody else makes the same number of it, loses, starts again, and finds it.
    """
    person = found(await work.store.get(PEOPLE, user_id), "person")
    if person.stored_status is StoredStatus.DELETED:
        return
    same = (eq("user_id", user_id), eq("type", type), eq("subject", subject))
    latest = await work.store.find(ALERTS, *same, order=NEWEST_FIRST, limit=1)
    if latest and latest[0].goes_on_at(at, episode_of(type, rules)):
        if at > latest[0].last_at:
            work.save(ALERTS, latest[0].seen_at(at))
        return
    alert = SecurityAlert(
        id=work.new_id(),
        user_id=user_id,
        type=type,
        subject=subject,
        number=latest[0].number + 1 if latest else 1,
        at=at,
        last_at=at,
        data=facts,
    )
    work.save(ALERTS, alert.raised())
    if type.severity.is_told:
        told = {"alert": type.value, "severity": type.severity.value, **facts}
        await notify(work, user_id, NotificationType.SECURITY_ALERT, f"alert:{alert.id}", told, fresh=True)


async def my_alerts(query: MyAlerts, work: Work) -> Page[AlertView]:
    scope = (work.user_id,)
    place = position_of(query.after, "alerts", scope, (UUID,))
    rows = await work.store.find(
        ALERTS,
        eq("user_id", work.user_id),
        order=NEWEST_FIRST,
        after=(place[0], place[0]) if place else None,
        limit=query.limit + 1,
    )
    page = page_of(rows, query.limit, "alerts", scope, lambda alert: (alert.id,))
    return Page(items=tuple(_view(alert) for alert in page.items), next=page.next)


def _view(alert: SecurityAlert) -> AlertView:
    return AlertView(
        id=alert.id,
        type=alert.type,
        severity=alert.type.severity,
        at=alert.at,
        last_at=alert.last_at,
        data=alert.data,
    )
