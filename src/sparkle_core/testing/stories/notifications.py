"""The state machine of notifications: what people are told, what they read, and what they do not want to hear."""

from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sparkle_core.application.content import Comment, React
from sparkle_core.application.economy import SendTip
from sparkle_core.application.notifications import (
    MuteNotifications,
    MyNotificationPreferences,
    MyNotifications,
    ReadNotification,
)
from sparkle_core.application.progression import AwardXp
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.notifications import NOTIFICATIONS, PREFERENCES, NotificationType
from sparkle_core.testing.stories.content import versions
from sparkle_core.testing.stories.kept import Kept
from sparkle_core.testing.stories.story import Story, keys, picks

can_be_muted = st.sampled_from([type for type in NotificationType if not type.always_told])

happenings = st.sampled_from(("tip", "like", "comment", "reply", "level"))


class NotificationsStory(Story):
    """Things happen to people, who read of them, or have muted that."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[UUID] = set()

    @rule(who=picks, by=picks, what=happenings, key=keys)
    def something_happens_to(self, who: int, by: int, what: str, key: str | None) -> None:
        actor, person = self.actor(by), self.person(who).id
        post, comment = self.one_of(self.known.posts, who), self.one_of(self.known.comments, who)
        if what == "tip":
            self.say(SendTip(to=person, amount=1), actor=actor, key=key)
        elif what == "level":
            self.say(AwardXp(user_id=person, amount=150, source="gift", subject=f"level {by}"), actor=SYSTEM, key=key)
        elif what == "like" and post is not None:
            self.say(React(target_id=comment if by % 2 and comment else post), actor=actor, key=key)
        elif post is not None:
            under = comment if what == "reply" else None
            told = self.say(Comment(post_id=post, text="Quite so", parent_id=under), actor=actor, key=key)
            if told.ok and told.answer.id not in self.known.comments:
                self.known.comments.append(told.answer.id)

    @rule(who=picks, pick=picks)
    def read_notifications(self, who: int, pick: int) -> None:
        """One's own; somebody else's is not found."""
        found = self.pages(lambda after: MyNotifications(after=after, limit=2), actor=self.actor(who))
        notification = self.one_of(found, pick)
        if notification is not None:
            for by in (who, who, who + 1):
                self.say(ReadNotification(notification_id=notification.id), actor=self.actor(by))

    @rule(who=picks, muted=st.sets(can_be_muted, max_size=4), version=versions, key=keys, by=picks, what=happenings)
    def mute_notifications(
        self, who: int, muted: set[NotificationType], version: int | None, key: str | None, by: int, what: str
    ) -> None:
        """Now and then just before something happens."""
        types = tuple(sorted(muted, key=lambda type: type.value))
        told = self.say(MuteNotifications(muted=types, expected_version=version), actor=self.actor(who), key=key)
        now = self.told.tell(MyNotificationPreferences(), actor=self.actor(who))
        assert key is not None or not told.ok or now.answer == told.answer, f"{now.answer} are kept of {told.answer}"
        self.something_happens_to(who=who, by=by, what=what, key=None)

    def faults_of(self, kept: Kept) -> list[str]:
        return super().faults_of(kept) + (self._told_though_muted(kept) if kept.whole else [])

    def _told_though_muted(self, kept: Kept) -> list[str]:
        """What was told since the last look though it was muted by then: nobody mutes and is told in one step."""
        rows, preferences = kept.by_id(NOTIFICATIONS), kept.by_id(PREFERENCES)
        fresh = [rows[id] for id in rows.keys() - self.seen]
        self.seen |= rows.keys()
        return [f"{row} was told, and is muted" for row in fresh if not preferences[row.user_id].wants(row.type)]
