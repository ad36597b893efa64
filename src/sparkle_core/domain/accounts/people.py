"""People: who somebody is, their standing, and how it may change. Source: docs/contexts/accounts.md."""

from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.accounts.errors import InvalidStatusTransition, NotLeaving, Outranked
from sparkle_core.domain.accounts.events import (
    DeletionCancelled,
    EmailVerified,
    PasswordChanged,
    SanctionLifted,
    UserDeleted,
    UserErased,
    UserSanctioned,
)
from sparkle_core.domain.accounts.usernames import Username, username_key
from sparkle_core.domain.kernel.actors import Minor, Role, Standing, Status
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId, Whole

FOREVER = datetime(9998, 1, 1, tzinfo=UTC)
"""When a ban ends: so that one indexed column answers who is blocked."""

Email = Annotated[str, Text(3, 255)]
DisplayName = Annotated[str, Text(1, 100)]
Reason = Annotated[str, Text(1, 1_000, lines=True)]

DELETED_NAME = "Deleted User"

TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING_VERIFICATION: frozenset({Status.ACTIVE, Status.DELETED}),
    Status.ACTIVE: frozenset({Status.SUSPENDED, Status.BANNED, Status.DELETED}),
    Status.SUSPENDED: frozenset({Status.ACTIVE, Status.SUSPENDED, Status.BANNED, Status.DELETED}),
    Status.BANNED: frozenset({Status.ACTIVE, Status.DELETED}),
    Status.DELETED: frozenset(),
}


class StoredStatus(Enum):
    """What is kept; SUSPENDED and BANNED follow from live sanctions and the clock.

    DELETED: their time of grace is over. Until then they have this beside a `deletion_requested_at`.
    """

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    DELETED = "DELETED"


class SanctionKind(Enum):
    SUSPEND = "SUSPEND"
    BAN = "BAN"


@frozen(kw_only=True)
class Sanction(Record):
    """A suspension with an end, or a ban without one; each has a reason and can be lifted by its id."""

    id: UUID
    kind: SanctionKind
    starts_at: Instant
    ends_at: Instant | None = None
    reason: Reason

    def _rules(self) -> list[Fault]:
        if (self.kind is SanctionKind.SUSPEND) != (self.ends_at is not None):
            return [Fault("ends_at", "a suspension ends, a ban does not")]
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            return [Fault("ends_at", "must be after it starts")]
        return []

    @property
    def until(self) -> datetime:
        return self.ends_at or FOREVER


@frozen(kw_only=True)
class Person(Aggregate):
    """The narrow row of a person: what every call needs. The rest is in their `Profile`."""

    id: UserId
    username: Username
    username_key: Username
    email: Email
    email_key: Email
    password_hash: Annotated[str, Text(1, 500)] | None
    display_name: DisplayName
    role: Role = Role.USER
    stored_status: StoredStatus = StoredStatus.PENDING
    created_at: Instant
    email_verified_at: Instant | None = None
    last_seen_at: Instant | None = None
    sanctions: tuple[Sanction, ...] = ()
    blocked_until: Instant | None = None
    session_epoch: int = 0
    sessions_revoked: Annotated[int, Whole(0, 1 << 62)] = 0
    referral_code: Annotated[str, Text(8, 16)]
    deletion_requested_at: Instant | None = None
    erasure_due_at: Instant | None = None
    keep_name: bool = True
    minor_until: Instant | None = None
    guardian_consent_at: Instant | None = None

    def status_at(self, now: datetime) -> Status:
        """The status as others see it. A suspension ends by the clock, so no job is needed for it."""
        return Status.DELETED if self.deletion_requested_at is not None else self._status_but_for_leaving(now)

    def _status_but_for_leaving(self, now: datetime) -> Status:
        if self.blocked_until is not None and now < self.blocked_until:
            return Status.BANNED if self.blocked_until == FOREVER else Status.SUSPENDED
        return Status.ACTIVE if self.stored_status is StoredStatus.ACTIVE else Status.PENDING_VERIFICATION

    def standing_at(self, now: datetime) -> Standing:
        """How they stand to what they ask for: while they can still stay, as if they did, but for `erased_from`."""
        if self.stored_status is StoredStatus.DELETED:
            return Standing(role=self.role, status=Status.DELETED)
        status = self._status_but_for_leaving(now)
        return Standing(
            role=self.role,
            status=status,
            blocked_until=self.blocked_until if status is Status.SUSPENDED else None,
            minor=self.minor_at(now),
            erased_from=self.erasure_due_at,
        )

    def minor_at(self, now: datetime) -> Minor | None:
        """Whether they are too young to decide alone; that ends by the clock on a birthday, with no job."""
        if self.minor_until is None or now >= self.minor_until:
            return None
        return Minor.WITHOUT_CONSENT if self.guardian_consent_at is None else Minor.WITH_CONSENT

    def shown_at(self, now: datetime) -> bool:
        """Whether others see them at all, by name: who once proved their address, is no child, not banned, not gone."""
        proved = self.stored_status is StoredStatus.ACTIVE
        return proved and self.minor_at(now) is None and self.status_at(now) not in (Status.BANNED, Status.DELETED)

    @property
    def session_mark(self) -> int:
        """Grows whenever a session of theirs ends before its time: what was known of one holds while this stays."""
        return self.session_epoch + self.sessions_revoked

    def shown_name(self) -> str:
        """The name that stays beside what they wrote."""
        gone = self.deletion_requested_at is not None and not self.keep_name
        return DELETED_NAME if gone else self.display_name

    def with_guardians_consent(self, now: datetime) -> Self:
        """Their guardian agreed that they are here."""
        return evolve(self, guardian_consent_at=now)

    def without_guardians_consent(self) -> Self:
        """Their guardian does not agree any more."""
        return evolve(self, guardian_consent_at=None)

    def joined_anew(self, *, username: str, password_hash: str, minor_until: datetime | None) -> Self:
        """As somebody else signed up with an address that nobody had proved: what was there before opens nothing."""
        return self.then(
            username=username,
            username_key=username_key(username),
            display_name=username,
            password_hash=password_hash,
            minor_until=minor_until,
            guardian_consent_at=None,
        ).in_new_epoch()

    def verify_email(self, now: datetime) -> Self:
        """The address is theirs: the account becomes active."""
        return self.then(EmailVerified(user_id=self.id), email_verified_at=now, stored_status=StoredStatus.ACTIVE)

    def sanctioned(self, sanction: Sanction) -> Self:
        """With one more sanction; the strictest live one decides the status."""
        return self._with((*self.sanctions, sanction), UserSanctioned(user_id=self.id, sanction_id=sanction.id))

    def lifted(self, sanction_id: UUID) -> Self:
        """Without a sanction; exactly as if it had never been. Unchanged when there is none of that id."""
        left = tuple(s for s in self.sanctions if s.id != sanction_id)
        if len(left) == len(self.sanctions):
            return self
        return self._with(left, SanctionLifted(user_id=self.id, sanction_id=sanction_id))

    def _with(self, sanctions: tuple[Sanction, ...], event: UserSanctioned | SanctionLifted) -> Self:
        until = max((s.until for s in sanctions), default=None)
        return self.then(event, sanctions=sanctions, blocked_until=until)

    def to_status(self, status: Status, now: datetime, sanction: Sanction | None = None, *, grace: timedelta) -> Self:
        """The same person in another status. Raises `InvalidStatusTransition`; `Invalid` without a sanction.

        Who becomes DELETED leaves under their name, after the time of grace.
        """
        current = self.status_at(now)
        if status not in TRANSITIONS[current]:
            raise InvalidStatusTransition(current.value, status.value)
        if status is Status.ACTIVE:
            if current is Status.PENDING_VERIFICATION:
                return self.verify_email(now)
            return self._without_sanctions(now)
        if status is Status.DELETED:
            return self.leaves(now, grace=grace, keep_name=True)
        if sanction is None or sanction.kind.value[:3] != status.value[:3]:
            raise Invalid.at("status", f"{status.value} needs a sanction of its kind")
        if current is Status.SUSPENDED and status is Status.SUSPENDED:
            return self._without_sanctions(now).sanctioned(sanction)
        return self.sanctioned(sanction)

    def _without_sanctions(self, now: datetime) -> Self:
        person = self
        for sanction in self.sanctions:
            if sanction.until > now:
                person = person.lifted(sanction.id)
        return person

    def leaves(self, now: datetime, *, grace: timedelta, keep_name: bool) -> Self:
        """Gone for everybody else, and erased when the time of grace is over. Raises `InvalidStatusTransition`.

        Every session ends: whoever wants to stay after all signs in anew.
        """
        if self.deletion_requested_at is not None:
            raise InvalidStatusTransition(Status.DELETED.value, Status.DELETED.value)
        return self.then(
            UserDeleted(user_id=self.id),
            deletion_requested_at=now,
            erasure_due_at=now + grace,
            keep_name=keep_name,
        ).in_new_epoch()

    def stays(self) -> Self:
        """Here again, as if they had never asked to leave. Raises `NotLeaving` for who has not, or is being erased."""
        if self.deletion_requested_at is None or self.stored_status is StoredStatus.DELETED:
            raise NotLeaving
        event = DeletionCancelled(user_id=self.id)
        return self.then(event, deletion_requested_at=None, erasure_due_at=None, keep_name=True)

    def begins_to_be_erased(self) -> Self:
        """From here on nobody signs in as them, and nothing brings them back."""
        return self.then(stored_status=StoredStatus.DELETED).in_new_epoch()

    @property
    def _nobody(self) -> str:
        return f"deleted_{self.id.hex}"

    def left_of_erased(self) -> Self:
        """What is left of the row."""
        return self if self.username == self._nobody else self.erased(again_at=None)

    def erased(self, *, again_at: datetime | None) -> Self:
        """Nobody any more: no name but the one they chose to leave. `again_at`: when to look after what still waits."""
        nobody = self._nobody
        done = (UserErased(user_id=self.id),) if again_at is None else ()
        return self.then(
            *done,
            username=nobody,
            username_key=nobody,
            email=nobody,
            email_key=nobody,
            password_hash=None,
            display_name=self.shown_name(),
            referral_code=self.id.hex[-16:],
            last_seen_at=None,
            minor_until=None,
            guardian_consent_at=None,
            erasure_due_at=again_at,
        )

    def with_sessions_revoked(self) -> Self:
        """Some of their sessions end before their time; the others go on, once they are looked up again."""
        return evolve(self, sessions_revoked=self.sessions_revoked + 1)

    def with_password(self, password_hash: str) -> Self:
        """The same password, hashed with today's parameters."""
        return evolve(self, password_hash=password_hash)

    def with_new_password(self, password_hash: str) -> Self:
        """Another password: every session and every way back in from before ends."""
        return self.then(PasswordChanged(user_id=self.id), password_hash=password_hash).in_new_epoch()

    def with_email(self, email: str, email_key: str, now: datetime) -> Self:
        """Another address, which was just proved, and whatever was begun with the old one ends."""
        return evolve(self, email=email, email_key=email_key, email_verified_at=now).in_new_epoch()

    def in_new_epoch(self) -> Self:
        """With every session from before ended."""
        return evolve(self, session_epoch=self.session_epoch + 1)


def outrank(by: Role, target: Role) -> None:
    """Raises `Outranked` unless the one acting stands above the other."""
    if by.rank <= target.rank:
        raise Outranked


def suspension(id: UUID, now: datetime, days: int, reason: str) -> Sanction:
    """A suspension of some days, from now."""
    return Sanction(id=id, kind=SanctionKind.SUSPEND, starts_at=now, ends_at=now + timedelta(days=days), reason=reason)


def ban(id: UUID, now: datetime, reason: str) -> Sanction:
    """A ban, from now."""
    return Sanction(id=id, kind=SanctionKind.BAN, starts_at=now, reason=reason)
