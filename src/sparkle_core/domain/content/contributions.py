"""What somebody contributed: who sees it, and how it is held, removed, restored and deleted."""

from enum import Enum
from typing import Self
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.content.errors import ContentRemoved, NotOpen
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Forbidden
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import Instant, UserId


class Moderation(Enum):
    """Whether it is shown, waits for moderators, or was taken down by them."""

    VISIBLE = "VISIBLE"
    HELD = "HELD"
    REMOVED = "REMOVED"


@frozen(kw_only=True)
class Contribution(Aggregate):
    """Base of posts and comments: written unseen, then `shown`, or held for moderators.

    `published_at`: when everybody could see it first; None until then. Deleting keeps the row, with
    who and when. `_published`, `_hidden`, `_restored` and `_deleted` are its events.
    """

    author_id: UserId
    moderation: Moderation = Moderation.HELD
    created_at: Instant
    published_at: Instant | None = None
    edited_at: Instant | None = None
    deleted_at: Instant | None = None
    deleted_by: UserId | None = None

    @property
    def visible(self) -> bool:
        """Whether everybody may see it."""
        return self.deleted_at is None and self.moderation is Moderation.VISIBLE

    def seen_by(self, viewer: UUID | None, *, moderator: bool) -> bool:
        """What is held or removed is seen by its author and by moderators; what is deleted by nobody."""
        return self.visible or (self.deleted_at is None and (moderator or viewer == self.author_id))

    def open(self, what: str) -> Self:
        """This, when it takes reactions, comments and answers. Raises `NotOpen`."""
        if not self.visible:
            raise NotOpen(what, self.moderation.value)
        return self

    def editable_by(self, editor: UUID) -> Self:
        """This, when the editor may change it. Raises `Forbidden`; `ContentRemoved` once moderators took it down."""
        if editor != self.author_id:
            raise Forbidden
        if self.moderation is Moderation.REMOVED:
            raise ContentRemoved
        return self

    def deletable_by(self, person: UUID | None, *, moderator: bool) -> Self:
        """This, when the person may delete it: its author, or a moderator. Raises `Forbidden`."""
        if not moderator and person != self.author_id:
            raise Forbidden
        return self

    def held(self) -> Self:
        """Not shown until moderators have looked at it."""
        if self.moderation is not Moderation.VISIBLE:
            return self
        return self.then(self._hidden(self.visible), moderation=Moderation.HELD)

    def hidden(self) -> Self:
        """Taken down by moderators."""
        if self.moderation is Moderation.REMOVED:
            return self
        return self.then(self._hidden(self.visible), moderation=Moderation.REMOVED)

    def shown(self, now: Instant) -> Self:
        """Shown to everybody: published if it never was, else restored. What its author deleted stays deleted."""
        if self.moderation is Moderation.VISIBLE:
            return self
        if self.deleted_at is not None:
            return evolve(self, moderation=Moderation.VISIBLE)
        if self.published_at is None:
            return self.then(self._published(), moderation=Moderation.VISIBLE, published_at=now)
        return self.then(self._restored(), moderation=Moderation.VISIBLE)

    def deleted(self, by: UserId | None, now: Instant) -> Self:
        """Deleted by somebody; None is the system."""
        return self.then(self._deleted(by, self.visible), deleted_at=now, deleted_by=by)

    def left_of_erased(self) -> Self:
        """What is left when its author is erased: what everybody sees, and of the rest that there was something."""
        return self if self.visible else self._blank()

    def _blank(self) -> Self:
        raise NotImplementedError

    def _published(self) -> Event:
        raise NotImplementedError

    def _hidden(self, was_visible: bool) -> Event:
        raise NotImplementedError

    def _restored(self) -> Event:
        raise NotImplementedError

    def _deleted(self, by: UserId | None, was_visible: bool) -> Event:
        raise NotImplementedError
