"""What people are told, and what they do not want to be told."""

import pytest
from tests.support.people import Somebody, member

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.content import PublishPost, React
from sparkle_core.application.economy import SendTip
from sparkle_core.application.notifications import (
    MuteNotifications,
    MyNotificationPreferences,
    MyNotifications,
    ReadNotification,
)
from sparkle_core.domain.content import Discussion, RichText
from sparkle_core.domain.kernel.errors import Invalid, NotFound, VersionMismatch
from sparkle_core.domain.notifications import NotificationType


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=5)


def told(sparkle: Sparkle, somebody: Somebody) -> list[NotificationType]:
    return [n.type for n in sparkle.run(MyNotifications(), actor=somebody.actor).items]


def test_a_muted_type_is_not_told(sparkle: Sparkle) -> None:
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    sparkle.run(MuteNotifications(muted=(NotificationType.TIP_RECEIVED,)), actor=bob.actor)
    sparkle.run(SendTip(to=bob.id, amount=1), actor=ada.actor)
    assert NotificationType.TIP_RECEIVED not in told(sparkle, bob)
    sparkle.run(MuteNotifications(muted=()), actor=bob.actor)
    sparkle.run(SendTip(to=bob.id, amount=1), actor=ada.actor)
    assert NotificationType.TIP_RECEIVED in told(sparkle, bob)


@pytest.mark.parametrize("type", [NotificationType.MODERATION, NotificationType.SECURITY_ALERT])
def test_decisions_and_attacks_cannot_be_muted(sparkle: Sparkle, type: NotificationType) -> None:
    """Stops missing a decision one may appeal against, and whoever got in from muting what would tell of it."""
    with pytest.raises(Invalid, match="cannot be muted"):
        sparkle.run(MuteNotifications(muted=(type,)), actor=member(sparkle, "ada").actor)


def test_the_first_like_is_told_of_and_ones_own_is_not(sparkle: Sparkle) -> None:
    ada, bob, carol = (member(sparkle, name) for name in ("ada", "bob", "carol"))
    post = sparkle.run(PublishPost(title="Hi", content=Discussion(body=RichText.of("Hello"))), actor=ada.actor)
    for somebody in (ada, bob, carol):
        sparkle.run(React(target_id=post.id), actor=somebody.actor)
    likes = [n for n in sparkle.run(MyNotifications(), actor=ada.actor).items if n.type is NotificationType.POST_LIKED]
    assert [n.data["user_id"] for n in likes] == [str(bob.id)]


def test_preferences_have_a_version(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    before = sparkle.run(MyNotificationPreferences(), actor=ada.actor)
    sparkle.run(MuteNotifications(muted=(), expected_version=before.version), actor=ada.actor)
    with pytest.raises(VersionMismatch):
        sparkle.run(MuteNotifications(muted=(), expected_version=before.version), actor=ada.actor)


def test_reading_is_for_the_one_who_was_told(sparkle: Sparkle) -> None:
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    first = sparkle.run(MyNotifications(), actor=ada.actor).items[0]
    with pytest.raises(NotFound):
        sparkle.run(ReadNotification(notification_id=first.id), actor=bob.actor)
    sparkle.run(ReadNotification(notification_id=first.id), actor=ada.actor)
    assert sparkle.run(MyNotifications(), actor=ada.actor).items[0].read_at is not None


def test_notifications_page_newest_first(sparkle: Sparkle) -> None:
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    for _ in range(3):
        sparkle.run(SendTip(to=bob.id, amount=1), actor=ada.actor)
    first = sparkle.run(MyNotifications(limit=3), actor=bob.actor)
    rest = sparkle.run(MyNotifications(limit=3, after=first.next), actor=bob.actor)
    tips, welcome = NotificationType.TIP_RECEIVED, NotificationType.SYSTEM
    assert [n.type for n in (*first.items, *rest.items)] == [tips, tips, tips, welcome]
