"""Telling a person something, in the transaction of what happened."""

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.notifications import (
    NOTIFICATIONS,
    PREFERENCES,
    Notification,
    NotificationType,
)


async def notify(
    work: Work, user_id: UserId, type: NotificationType, subject: str, data: dict[str, str], *, fresh: bool = False
) -> None:
    """One notification per person, type and subject: a second one changes nothing; a muted type is not told, nor
    anything to who was erased.

    `fresh` says that there cannot be one yet, and saves the look.
    """
    preferences = await work.store.get(PREFERENCES, user_id)
    if preferences is None or not preferences.wants(type):
        return
    if not fresh:
        same = (eq("user_id", user_id), eq("type", type), eq("subject", subject))
        if await work.store.one(NOTIFICATIONS, *same) is not None:
            return
    tell(work, user_id, type, subject, data)


def tell(work: Work, user_id: UserId, type: NotificationType, subject: str, data: dict[str, str]) -> None:
    """Tell somebody who cannot have been told of it yet, nor have muted anything."""
    row = Notification(id=work.new_id(), user_id=user_id, type=type, subject=subject, data=data, created_at=work.now)
    work.save(NOTIFICATIONS, row)
