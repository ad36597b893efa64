"""Notifications: one row per person, type and subject. Wording and channels live at the edge.

Source: docs/contexts/notifications.md; types beyond these come with the contexts that send them.
"""

from enum import Enum
from typing import Annotated

from attrs import frozen

from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Items, Subject, UserId
from sparkle_core.domain.kernel.stored import ERASED, NOT_PERSONAL, Kind


class NotificationType(Enum):
    """What it is about; its priority is 0 (low) to 2, and 3 for a critical alert (`Notification.priority`)."""

    SYSTEM = "SYSTEM"
    LEVEL_UP = "LEVEL_UP"
    ACHIEVEMENT = "ACHIEVEMENT"
    QUEST = "QUEST"
    TIP_RECEIVED = "TIP_RECEIVED"
    GIFT_RECEIVED = "GIFT_RECEIVED"
    TRADE = "TRADE"
    POST_LIKED = "POST_LIKED"
    POST_COMMENTED = "POST_COMMENTED"
    COMMENT_REPLIED = "COMMENT_REPLIED"
    MODERATION = "MODERATION"
    SECURITY_ALERT = "SECURITY_ALERT"

    @property
    def always_told(self) -> bool:
        """Whether it cannot be muted: what moderators decided, since one may appeal against it, and attacks."""
        return self in (NotificationType.MODERATION, NotificationType.SECURITY_ALERT)

    @property
    def priority(self) -> int:
        return {
            "SECURITY_ALERT": 2,
            "MODERATION": 2,
            "TIP_RECEIVED": 1,
            "GIFT_RECEIVED": 1,
            "TRADE": 1,
            "LEVEL_UP": 1,
        }.get(self.value, 0)


@frozen(kw_only=True)
class Notification(Aggregate):
    """Something a person is told: of which type, about what, with the facts its wording needs."""

    user_id: UserId
    type: NotificationType
    subject: Subject
    data: dict[str, str]
    created_at: Instant
    read_at: Instant | None = None

    @property
    def priority(self) -> int:
        """From 0 to 3, by its type; of an alert by its severity."""
        return 3 if self.data.get("severity") == "critical" else self.type.priority


@frozen(kw_only=True)
class NotificationPreferences(Aggregate):
    """What a person does not want to be told (their id is the row's). Moderation and security stay on."""

    muted: Annotated[tuple[NotificationType, ...], Items(20)] = ()

    def wants(self, type: NotificationType) -> bool:
        """Whether a person is told of it."""
        return type.always_told or type not in self.muted


NOTIFICATIONS = Kind(
    Notification,
    "notification",
    unique=(("user_id", "type", "subject"),),
    indexes=(("user_id",), ("read_at",)),
    personal={"subject": NOT_PERSONAL, "data": ERASED},
)
PREFERENCES = Kind(NotificationPreferences, "notification_preferences", personal={"muted": ERASED}, whose=("id",))

STORED = (NOTIFICATIONS, PREFERENCES)
