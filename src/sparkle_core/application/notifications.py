"""Reading what one has been told."""

from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, eq
from sparkle_core.domain.notifications import NOTIFICATIONS, Notification


@frozen(kw_only=True)
class MyNotifications(Query[Page[Notification]]):
    """One's own notifications, newest first."""

    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class ReadNotification(Command[None]):
    """Mark one of one's own notifications as read."""

    notification_id: UUID


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
    UseCase(ReadNotification, read_notification, Permission.READ_OWN),
)
