"""Offers from one person to another: things and points on both sides. Source: docs/contexts/trading.md."""

from datetime import datetime
from enum import Enum
from typing import Annotated, Self
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.economy.trading_errors import TradeClosed
from sparkle_core.domain.economy.trading_events import OfferAccepted, OfferMade, OfferReturned
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Fault, NotFound
from sparkle_core.domain.kernel.fields import Instant, Items, Record, UserId, Whole


class OfferStatus(Enum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    CANCELLED = "CANCELLED"
    COUNTERED = "COUNTERED"
    EXPIRED = "EXPIRED"


@frozen(kw_only=True)
class Stake(Record):
    """So many of a thing."""

    thing_id: UUID
    quantity: Annotated[int, Whole(1, 1_000_000)] = 1


@frozen(kw_only=True)
class Side(Record):
    """What one side of a trade puts in: at most 20 things, and points in SPARKLE."""

    things: Annotated[tuple[Stake, ...], Items(20)] = ()
    points: Annotated[int, Whole(0, 1_000_000_000)] = 0

    def _rules(self) -> tuple[Fault, ...]:
        twice = len({s.thing_id for s in self.things}) < len(self.things)
        return (Fault("things", "must name each thing once"),) if twice else ()

    @property
    def is_empty(self) -> bool:
        return not self.things and not self.points


@frozen(kw_only=True)
class Offer(Aggregate):
    """An offer; what its maker gives is in escrow while it is open. `counters`: the offer it answers."""

    from_id: UserId
    to_id: UserId
    gives: Side
    asks: Side
    status: OfferStatus = OfferStatus.OPEN
    made_at: Instant
    expires_at: Instant
    closed_at: Instant | None = None
    counters: UUID | None = None

    def _rules(self) -> list[Fault]:
        found = []
        if self.from_id == self.to_id:
            found.append(Fault("to", "must be somebody else"))
        if self.gives.is_empty and self.asks.is_empty:
            found.append(Fault("gives", "must not be empty when nothing is asked either"))
        if self.gives.points and self.asks.points:
            found.append(Fault("asks.points", "must be 0 when points are given"))
        return found

    @property
    def held_for(self) -> str:
        """The owner of its escrow."""
        return f"offer:{self.id}"

    @property
    def people(self) -> tuple[UserId, UserId]:
        return (self.from_id, self.to_id)

    def made(self) -> Self:
        return self.then(OfferMade(offer_id=self.id, from_id=self.from_id, to_id=self.to_id))

    def open_at(self, now: datetime) -> Self:
        """This, while it is open. Raises `TradeClosed`."""
        if self.status is not OfferStatus.OPEN:
            raise TradeClosed(self.status.value)
        if now >= self.expires_at:
            raise TradeClosed(OfferStatus.EXPIRED.value)
        return self

    def accepted(self, by: UserId, now: datetime) -> Self:
        """Raises `NotFound` for anybody else, `TradeClosed`."""
        self._only(self.to_id, by).open_at(now)
        event = OfferAccepted(offer_id=self.id, from_id=self.from_id, to_id=self.to_id)
        return self.then(event, status=OfferStatus.ACCEPTED, closed_at=now)

    def declined(self, by: UserId, now: datetime, *, countered: bool = False) -> Self:
        """Raises `NotFound` for anybody else, `TradeClosed`."""
        status = OfferStatus.COUNTERED if countered else OfferStatus.DECLINED
        return self._only(self.to_id, by).open_at(now).returned(status, now)

    def cancelled(self, by: UserId, now: datetime) -> Self:
        """Raises `NotFound` for anybody else, `TradeClosed`."""
        return self._only(self.from_id, by).open_at(now).returned(OfferStatus.CANCELLED, now)

    def returned(self, status: OfferStatus, now: datetime) -> Self:
        """Come to nothing."""
        event = OfferReturned(offer_id=self.id, from_id=self.from_id, to_id=self.to_id)
        return self.then(event, status=status, closed_at=now)

    def _only(self, whose: UserId, by: UserId) -> Self:
        if by != whose:
            raise NotFound("offer")
        return self
