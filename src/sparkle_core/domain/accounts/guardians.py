"""Children: until when somebody is one, and what their guardian agreed to. Source: docs/contexts/accounts.md."""

from datetime import date, datetime, tzinfo
from enum import Enum
from typing import Self

from attrs import frozen

from sparkle_core.domain.accounts.events import GuardianConsented, GuardianConsentWithdrawn
from sparkle_core.domain.accounts.people import Email
from sparkle_core.domain.accounts.proofs import Digest
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.civil_days import start_of
from sparkle_core.domain.kernel.errors import Fault
from sparkle_core.domain.kernel.fields import Instant, UserId

EARLIEST_BIRTH = date(1900, 1, 1)


def birthday(born: date, age: int) -> date:
    """The day on which somebody reaches an age. Who was born on 29 February does so on 1 March where there is none.

    >>> birthday(date(2016, 2, 29), 13)
    datetime.date(2029, 3, 1)
    """
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def minor_until(born: date, age: int, zone: tzinfo, now: datetime) -> datetime | None:
    """The instant at which somebody reaches an age on their own clock; None when that has been."""
    at = start_of(birthday(born, age), zone)
    return at if now < at else None


def birth_date_faults(born: date, today: date) -> list[Fault]:
    """What is wrong with a date that somebody says they were born on."""
    if EARLIEST_BIRTH <= born <= today:
        return []
    return [Fault("birth_date", f"must be a day from {EARLIEST_BIRTH} to today")]


class ConsentState(Enum):
    """Where a guardian's consent stands."""

    ASKED = "asked"
    GIVEN = "given"
    WITHDRAWN = "withdrawn"


@frozen(kw_only=True)
class GuardianConsent(Aggregate):
    """What a child's guardian was asked for, at an address that the child named.

    `token_hash`: of the one token that goes on from here: first to consent, then to take that back. Both are
    derived from this id, so that no row and no queue holds them.
    """

    user_id: UserId
    email: Email
    token_hash: Digest
    state: ConsentState = ConsentState.ASKED
    created_at: Instant
    expires_at: Instant
    given_at: Instant | None = None
    withdrawn_at: Instant | None = None

    def can_be_given(self, now: datetime) -> bool:
        """Whether its token still lets somebody consent."""
        return self.state is ConsentState.ASKED and now < self.expires_at

    def given(self, now: datetime, token_hash: str) -> Self:
        """Agreed to; the token of that hash takes it back."""
        event = GuardianConsented(user_id=self.user_id, consent_id=self.id)
        return self.then(event, state=ConsentState.GIVEN, given_at=now, token_hash=token_hash)

    def withdrawn(self, now: datetime) -> Self:
        """Taken back."""
        event = GuardianConsentWithdrawn(user_id=self.user_id, consent_id=self.id)
        return self.then(event, state=ConsentState.WITHDRAWN, withdrawn_at=now)
