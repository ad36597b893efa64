"""A person's export: the copy of all that is held about them, for as long as it can be fetched.

Source: docs/contexts/accounts.md.
"""

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.accounts.events import ExportMade, ExportRequested
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.fields import Instant, Text, UserId, Whole

PATIENCE = timedelta(days=7)
"""How long an export may take to be made."""


@frozen(kw_only=True)
class Export(Aggregate):
    """A copy that was asked for; `ready_at` once it can be fetched, `expires_at` when no more.

    `size`: bytes of the archive.
    """

    user_id: UserId
    requested_at: Instant
    expires_at: Instant
    ready_at: Instant | None = None
    size: Annotated[int, Whole(0)] = 0

    def requested(self) -> Self:
        """Asked for, and about to be made."""
        return self.then(ExportRequested(export_id=self.id))

    def ready(self, now: Instant, *, size: int, kept: timedelta) -> Self:
        """Made: it can be fetched for a while."""
        return self.then(ExportMade(export_id=self.id), ready_at=now, size=size, expires_at=now + kept)

    def open_at(self, now: Instant) -> bool:
        """Whether it can be fetched."""
        return self.ready_at is not None and now < self.expires_at


@frozen(kw_only=True)
class ExportPart(Aggregate):
    """A part of an archive: sealed texts, one a line, that are to be put together in the order of `number`."""

    export_id: UUID
    user_id: UserId
    number: Annotated[int, Whole(0)]
    data: Annotated[str, Text(1, 1_000_000, lines=True)]
    expires_at: Instant
