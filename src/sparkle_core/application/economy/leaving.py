"""What becomes of the trades of somebody who left, or was suspended or banned.

Each sort in a transaction of its own, in its order of locks.
"""

from attrs import frozen

from sparkle_core.application.economy.bidding import auctions_returned
from sparkle_core.application.economy.listing import listings_returned
from sparkle_core.application.economy.offers import offers_returned
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class ReturnOffers(Command[None]):
    """Close the open offers of and to somebody who left or was sanctioned; all in escrow goes back."""

    user_id: UserId


@frozen(kw_only=True)
class ReturnListings(Command[None]):
    """Close the open listings of somebody who left or was sanctioned; all in escrow goes back."""

    user_id: UserId


@frozen(kw_only=True)
class ReturnBids(Command[None]):
    """Give back the highest bids of somebody who left or was sanctioned, and close their auctions."""

    user_id: UserId


async def return_offers(cmd: ReturnOffers, work: Work) -> None:
    await offers_returned(work, cmd.user_id)


async def return_listings(cmd: ReturnListings, work: Work) -> None:
    await listings_returned(work, cmd.user_id)


async def return_bids(cmd: ReturnBids, work: Work) -> None:
    await auctions_returned(work, cmd.user_id)
