"""What happened to points: ids and amounts, no personal text."""

from typing import ClassVar
from uuid import UUID

from attrs import frozen

from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class TipSent(Event):
    """One person gave another points."""

    topic: ClassVar[str] = "economy.tip_sent"
    about: ClassVar[str] = "wallet"
    wallet: UUID
    sender: UserId
    recipient: UserId
    amount: int
    namespace: str
    key: str


@frozen(kw_only=True)
class PointsIssued(Event):
    """The platform paid points into a wallet: a bonus or a reward."""

    topic: ClassVar[str] = "economy.points_issued"
    about: ClassVar[str] = "wallet"
    wallet: UUID
    amount: int
    namespace: str
    key: str


@frozen(kw_only=True)
class TransferReversed(Event):
    """A transfer was given back, in full or in part."""

    topic: ClassVar[str] = "economy.transfer_reversed"
    about: ClassVar[str] = "wallet"
    wallet: UUID
    amount: int
    namespace: str
    key: str


@frozen(kw_only=True)
class PointsConverted(Event):
    """Somebody changed points into money or back, at a rate; amounts in the currencies' smallest units."""

    topic: ClassVar[str] = "economy.points_converted"
    about: ClassVar[str] = "wallet"
    wallet: UUID
    user_id: UserId
    rate: str
    paid: int
    received: int


@frozen(kw_only=True)
class WalletFrozen(Event):
    """A wallet was frozen: nothing goes out."""

    topic: ClassVar[str] = "economy.wallet_frozen"
    about: ClassVar[str] = "wallet"
    wallet: UUID


@frozen(kw_only=True)
class WalletUnfrozen(Event):
    """A frozen wallet works again."""

    topic: ClassVar[str] = "economy.wallet_unfrozen"
    about: ClassVar[str] = "wallet"
    wallet: UUID


EVENTS = (TipSent, PointsIssued, PointsConverted, TransferReversed, WalletFrozen, WalletUnfrozen)
