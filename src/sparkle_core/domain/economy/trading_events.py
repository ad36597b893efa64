"""What happened in trading: ids and numbers."""

from typing import ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class OfferMade(Event):
    """One person offered another a trade."""

    topic: ClassVar[str] = "economy.offer_made"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID
    from_id: UserId
    to_id: UserId


@frozen(kw_only=True)
class OfferAccepted(Event):
    """Both sides of an offer changed hands."""

    topic: ClassVar[str] = "economy.offer_accepted"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID
    from_id: UserId
    to_id: UserId


@frozen(kw_only=True)
class OfferReturned(Event):
    """An offer came to nothing; what was offered went back."""

    topic: ClassVar[str] = "economy.offer_returned"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID
    from_id: UserId
    to_id: UserId


@frozen(kw_only=True)
class OfferExpirySent(Event):
    """Sent ahead to when an offer's time is over."""

    topic: ClassVar[str] = "economy.offer_expiry_sent"
    about: ClassVar[str] = "offer_id"
    offer_id: UUID


EVENTS: tuple[type[Event], ...] = (OfferMade, OfferAccepted, OfferReturned, OfferExpirySent)
