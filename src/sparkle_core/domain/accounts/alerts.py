"""What people are alerted to about their accounts, each once an episode. Source: docs/contexts/accounts.md."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.accounts.events import AlertRaised
from sparkle_core.domain.accounts.proofs import LoginRecord, LoginResult
from sparkle_core.domain.accounts.rules import AlertRules
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Text, UserId, Whole


class Severity(Enum):
    """How bad it may be. HIGH and CRITICAL are told as notifications, CRITICAL by mail too."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def is_told(self) -> bool:
        """Whether it makes a notification."""
        return self in (Severity.HIGH, Severity.CRITICAL)


class AlertType(Enum):
    """What it is about."""

    MULTIPLE_FAILED_LOGINS = "MULTIPLE_FAILED_LOGINS"
    ACCOUNT_LOCKED = "ACCOUNT_LOCKED"
    DISTRIBUTED_LOGIN_ATTEMPTS = "DISTRIBUTED_LOGIN_ATTEMPTS"
    NEW_IP_LOGIN = "NEW_IP_LOGIN"
    NEW_DEVICE_LOGIN = "NEW_DEVICE_LOGIN"
    UNUSUAL_LOGIN_TIME = "UNUSUAL_LOGIN_TIME"
    BACKUP_CODE_USED = "BACKUP_CODE_USED"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a name
    EMAIL_CHANGED = "EMAIL_CHANGED"
    TWO_FACTOR_ENABLED = "TWO_FACTOR_ENABLED"
    TWO_FACTOR_DISABLED = "TWO_FACTOR_DISABLED"
    PASSKEY_CLONE_SUSPECTED = "PASSKEY_CLONE_SUSPECTED"
    SESSION_CLIENT_CHANGED = "SESSION_CLIENT_CHANGED"

    @property
    def severity(self) -> Severity:
        return SEVERITIES[self]


SEVERITIES = {
    AlertType.MULTIPLE_FAILED_LOGINS: Severity.HIGH,
    AlertType.ACCOUNT_LOCKED: Severity.HIGH,
    AlertType.DISTRIBUTED_LOGIN_ATTEMPTS: Severity.CRITICAL,
    AlertType.NEW_IP_LOGIN: Severity.MEDIUM,
    AlertType.NEW_DEVICE_LOGIN: Severity.MEDIUM,
    AlertType.UNUSUAL_LOGIN_TIME: Severity.LOW,
    AlertType.BACKUP_CODE_USED: Severity.MEDIUM,
    AlertType.PASSWORD_CHANGED: Severity.MEDIUM,
    AlertType.EMAIL_CHANGED: Severity.MEDIUM,
    AlertType.TWO_FACTOR_ENABLED: Severity.LOW,
    AlertType.TWO_FACTOR_DISABLED: Severity.HIGH,
    AlertType.PASSKEY_CLONE_SUSPECTED: Severity.HIGH,
    AlertType.SESSION_CLIENT_CHANGED: Severity.LOW,
}

FAILED = frozenset({LoginResult.WRONG, LoginResult.WRONG_CODE, LoginResult.LOCKED})
"""Tries that count as failures. One that was refused for its address says nothing of the account."""

ALWAYS = timedelta.max


@frozen(kw_only=True)
class SecurityAlert(Aggregate):
    """One episode of something that its person should know of.

    `subject`: what it is about, where that tells episodes apart: a network, a device, an hour of the day, an
    event. `number`: counts the episodes of one type and subject, so that two who raise one at once cannot both.
    `last_at`: the latest time that it was seen.
    """

    user_id: UserId
    type: AlertType
    subject: Annotated[str, Text(0, 100)]
    number: Annotated[int, Whole(1, 1 << 31)]
    at: Instant
    last_at: Instant
    data: dict[str, str]

    def raised(self) -> Self:
        """With the event that tells of it."""
        critical = self.type.severity is Severity.CRITICAL
        return self.then(AlertRaised(user_id=self.user_id, alert_id=self.id, critical=critical))

    def goes_on_at(self, at: datetime, episode: timedelta) -> bool:
        """Whether what was seen at an instant is still of this episode."""
        return at - self.last_at < episode

    def seen_at(self, at: datetime) -> Self:
        """Seen once more."""
        return evolve(self, last_at=max(self.last_at, at))


@frozen(kw_only=True)
class FirstLogin(Aggregate):
    """The first time that a person signed in, by the person's id; kept longer than the history, so that the first one
    and one after a long pause are not taken for each other.
    """

    login_id: UUID
    at: Instant


Raised = tuple[AlertType, str]
"""A type of alert, and its subject."""


def episode_of(type: AlertType, rules: AlertRules) -> timedelta:
    """How long after it was seen something still is the same episode."""
    return {
        AlertType.MULTIPLE_FAILED_LOGINS: rules.failures_time,
        AlertType.ACCOUNT_LOCKED: rules.failures_time,
        AlertType.DISTRIBUTED_LOGIN_ATTEMPTS: rules.addresses_time,
        AlertType.NEW_IP_LOGIN: rules.new_address_time,
        AlertType.NEW_DEVICE_LOGIN: rules.new_device_time,
        AlertType.UNUSUAL_LOGIN_TIME: rules.hours_time,
    }.get(type, ALWAYS)


def of_a_failure(login: LoginRecord, before: Sequence[LoginRecord], rules: AlertRules) -> tuple[Raised, ...]:
    """What a failed try raises, with the tries before it."""
    failures = [login, *(each for each in before if each.result in FAILED)]
    found = []
    if sum(login.at - each.at < rules.failures_time for each in failures) >= rules.failures:
        found.append((AlertType.MULTIPLE_FAILED_LOGINS, ""))
    if login.locks or login.result is LoginResult.LOCKED:
        found.append((AlertType.ACCOUNT_LOCKED, ""))
    networks = {each.network for each in failures if login.at - each.at < rules.addresses_time} - {None}
    if len(networks) > rules.addresses:
        found.append((AlertType.DISTRIBUTED_LOGIN_ATTEMPTS, ""))
    return tuple(found)


def of_a_success(login: LoginRecord, before: Sequence[LoginRecord], rules: AlertRules) -> tuple[Raised, ...]:
    """What a success that is not the account's first raises, with the successes before it."""

    def within(time: timedelta) -> list[LoginRecord]:
        return [each for each in before if login.at - each.at < time]

    found: list[Raised] = []
    if login.network is not None and login.network not in {each.network for each in within(rules.new_address_time)}:
        found.append((AlertType.NEW_IP_LOGIN, login.network))
    devices = {each.device_id for each in within(rules.new_device_time)}
    if login.device_id is not None and login.device_id not in devices:
        found.append((AlertType.NEW_DEVICE_LOGIN, str(login.device_id)))
    hours = {each.at.hour for each in within(rules.hours_time)}
    if len(hours) > rules.hours and login.at.hour not in hours:
        found.append((AlertType.UNUSUAL_LOGIN_TIME, str(login.at.hour)))
    return tuple(found)
