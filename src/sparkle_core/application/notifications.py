"""Reading what one has been told."""

from typing import Annotated
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.work import Work, at_version, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import Fault, NotFound
from sparkle_core.domain.kernel.fields import Items, Record, Subject, UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.domain.notifications import NOTIFICATIONS, PREFERENCES, Notification, NotificationType


@frozen(kw_only=True)
class MyNotifications(Query[Page[Notification]]):
    """One's own notifications, newest first."""

    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class ReadNotification(Command[None]):
    """Mark one of one's own notifications as read."""

    notification_id: UUID


@frozen(kw_only=True)
class Tell(Command[None]):
    """The worker tells a person something, once per type and subject."""

    user_id: UserId
    type: NotificationType
    subject: Subject
    data: dict[str, str]


async def tell_of(cmd: Tell, work: Work) -> None:
    await notify(work, cmd.user_id, cmd.type, cmd.subject, cmd.data)


Muted = Annotated[tuple[NotificationType, ...], Items(20)]


@frozen(kw_only=True)
class Preferences(Record):
    """The types of notification a person has muted. MODERATION and SECURITY_ALERT cannot be."""

    muted: Muted
    version: int


@frozen(kw_only=True)
class MyNotificationPreferences(Query[Preferences]):
    """What one has muted."""


@frozen(kw_only=True)
class MuteNotifications(Command[Preferences]):
    """Say which types of notification one does not want, in place of what was said before.

    Raises `Invalid` for a type that cannot be muted, `VersionMismatch`.
    """

    muted: Muted
    expected_version: int | None = None

    def _rules(self) -> list[Fault]:
        always = [t.value for t in self.muted if t.always_told]
        return [Fault("muted", f"{', '.join(always)} cannot be muted")] if always else []


async def my_notification_preferences(query: MyNotificationPreferences, work: Work) -> Preferences:
    row = found(await work.store.get(PREFERENCES, work.user_id), "preferences")
    return Preferences(muted=row.muted, version=row.version)


async def mute_notifications(cmd: MuteNotifications, work: Work) -> Preferences:
    row = at_version(found(await work.store.get(PREFERENCES, work.user_id), "preferences"), cmd.expected_version)
    row = work.save(PREFERENCES, evolve(row, muted=cmd.muted))
    return Preferences(muted=row.muted, version=row.version)


async def my_notifications(query: MyNotifications, work: Work) -> Page[Notification]:
    scope = (work.user_id,)
    place = position_of(query.after, "notifications", scope, (UUID,))
    rows = await work.store.find(
        NOTIFICATIONS,
        eq("user_id", work.user_id),
        order=NEWEST_FIRST,
        after=(place[0], place[0]) if place else None,
        limit=query.limit + 1,
    )
    return page_of(rows, query.limit, "notifications", scope, lambda n: (n.id,))


async def read_notification(cmd: ReadNotification, work: Work) -> None:
    row = await work.store.get(NOTIFICATIONS, cmd.notification_id)
    if row is None or row.user_id != work.user_id:
        raise NotFound("notification")
    if row.read_at is None:
        work.save(NOTIFICATIONS, evolve(row, read_at=work.now))


USE_CASES = (
    UseCase(MyNotifications, my_notifications, Permission.READ_OWN),
    UseCase(Tell, tell_of, Permission.DELIVER),
    UseCase(MyNotificationPreferences, my_notification_preferences, Permission.READ_OWN),
    UseCase(MuteNotifications, mute_notifications, Permission.EDIT_PROFILE),
    UseCase(ReadNotification, read_notification, Permission.READ_OWN),
)
