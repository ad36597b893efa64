"""Trading, looked at: somebody's offers, what is listed, and what is auctioned off."""

from typing import Annotated
from uuid import UUID

from attrs import asdict
from cyclopts import Parameter

from sparkle_cli.options import DatabaseUrl, Json, opened, operator
from sparkle_cli.output import minute, tell_json, tell_table
from sparkle_cli.paging import Limit, first
from sparkle_cli.whom import Whom, person_named, seen_by
from sparkle_core.application.economy import AuctionById, Auctions, AuctionView, Listings, MyOffers
from sparkle_core.domain.economy.trading import OfferStatus


def offers(
    username: Whom,
    *,
    sent: Annotated[bool, Parameter("--sent", negative="", help="Those they made, not those made to them.")] = False,
    status: Annotated[OfferStatus | None, Parameter(help="Only of this status.")] = None,
    limit: Limit = 20,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """List the offers that were made to somebody, newest first, or by them, as they see it themselves."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        found = list(first(sparkle, MyOffers(sent=sent, status=status), limit, seen_by(person)))
    if json:
        tell_json([asdict(offer) for offer in found])
        return
    tell_table(
        ("offer", "made", "status", "gives", "points", "asks", "points for", "until"),
        [
            (
                offer.id,
                minute(offer.made_at),
                offer.status.value,
                len(offer.gives.things),
                offer.gives.points,
                len(offer.asks.things),
                offer.asks.points,
                minute(offer.expires_at),
            )
            for offer in found
        ],
        numbers=("gives", "points", "asks", "points for"),
    )


def listings(
    *,
    item: Annotated[UUID | None, Parameter(help="Only of this item, by its id.")] = None,
    limit: Limit = 20,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """List what is for sale at a fixed price, oldest first."""
    with opened(database_url) as sparkle:
        found = list(first(sparkle, Listings(item_id=item), limit, operator()))
    if json:
        tell_json([asdict(listing) for listing in found])
        return
    tell_table(
        ("listing", "seller", "item", "quantity", "price", "until"),
        [(one.id, one.seller_id, one.item_id, one.quantity, one.price, minute(one.expires_at)) for one in found],
        numbers=("quantity", "price"),
    )


def auctions(*, limit: Limit = 20, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """List the auctions that are open, the one that ends first first."""
    with opened(database_url) as sparkle:
        found = list(first(sparkle, Auctions(), limit, operator()))
    if json:
        tell_json([asdict(auction) for auction in found])
    else:
        _tell(found)


def auction(
    auction: Annotated[UUID, Parameter(help="Which one, by its id.")],
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Say how an auction stands, or how it ended."""
    with opened(database_url) as sparkle:
        found = sparkle.run(AuctionById(auction_id=auction), actor=operator())
    if json:
        tell_json(asdict(found))
    else:
        _tell([found])


def _tell(auctions: list[AuctionView]) -> None:
    tell_table(
        ("auction", "status", "seller", "item", "quantity", "bids", "highest", "by", "ends"),
        [
            (a.id, a.status.value, a.seller_id, a.item_id, a.quantity, a.bids, a.amount, a.leader_id, minute(a.ends_at))
            for a in auctions
        ],
        numbers=("quantity", "bids", "highest"),
    )
