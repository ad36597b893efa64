"""How long what is kept is kept: data, with floors that no rules file may undercut. Source: docs/security.md."""

from datetime import timedelta
from typing import Annotated

from attrs import frozen

from sparkle_core.domain.kernel.fields import Record, Whole

YEARS = 3_650
"""Days: no policy keeps for longer than ten years."""


@frozen(kw_only=True)
class RetentionRules(Record):
    """Days that kinds of records are kept after they have ended, or were written.

    Floors: login history 90, since a device is new when there was no sign-in from it for as long; values of the audit
    log 90, so that whoever comes back from a long absence finds who did what.
    """

    acted_on_events: Annotated[int, Whole(1, YEARS)] = 30
    alerts: Annotated[int, Whole(30, YEARS)] = 365
    audit_values: Annotated[int, Whole(90, YEARS)] = 1_095
    codes: Annotated[int, Whole(1, 30)] = 1
    leagues: Annotated[int, Whole(7, YEARS)] = 400
    login_history: Annotated[int, Whole(90, YEARS)] = 90
    quests: Annotated[int, Whole(1, YEARS)] = 30
    read_notifications: Annotated[int, Whole(1, YEARS)] = 365
    sessions: Annotated[int, Whole(1, 365)] = 7

    def kept(self, name: str) -> timedelta:
        """One of them as a span of time."""
        return timedelta(days=getattr(self, name))
