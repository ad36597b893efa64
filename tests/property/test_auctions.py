"""An auction's end and winner follow from the bids' instants, whatever else arrives late and in which order."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.domain.economy.auctions import GRACE, Auction, AuctionStatus
from sparkle_core.domain.economy.trading_errors import BidTooLow, TradeClosed
from sparkle_core.domain.kernel.fields import UserId

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
EXTENSION = timedelta(minutes=2)
SELLER = UserId(UUID(int=1))


@frozen
class Said:
    """Something said of the auction at an instant: a bid, or, without an amount, that it be settled."""

    second: int
    by: int = 0
    amount: int | None = None

    @property
    def at(self) -> datetime:
        return START + timedelta(seconds=self.second)


bids = st.builds(Said, st.integers(3_300, 4_200), st.integers(2, 5), st.integers(1, 200))
settlings = st.builds(Said, st.integers(3_300, 4_500))


def an_auction() -> Auction:
    return Auction(
        id=UUID(int=9),
        seller_id=SELLER,
        thing_id=UUID(int=8),
        item_id=UUID(int=7),
        quantity=1,
        start_price=5,
        increment=3,
        started_at=START,
        ends_at=START + HOUR,
    )


def after(auction: Auction, said: Said) -> Auction:
    """What the use cases do."""
    if said.amount is None:
        if not auction.is_due(said.at):
            return auction
        if auction.leader_id is None:
            return auction.returned(AuctionStatus.UNSOLD, said.at)
        return auction.settled(said.at)
    try:
        return auction.bid(UserId(UUID(int=said.by)), said.amount, said.at, EXTENSION)
    except (TradeClosed, BidTooLow):
        return auction


def outcome(auction: Auction) -> tuple[object, ...]:
    return auction.ends_at, auction.leader_id, auction.amount, auction.bids


@given(made=st.lists(bids, max_size=12), asked=st.lists(settlings, max_size=8), data=st.data())
def test_end_and_winner_do_not_depend_on_when_late_commands_arrive(
    made: list[Said], asked: list[Said], data: st.DataObject
) -> None:
    made = sorted(made, key=lambda s: s.second)
    expected = an_auction()
    for bid in made:
        expected = after(expected, bid)
    in_time = [b for b in made if b.at < expected.ends_at]
    late = [b for b in made if b.at >= expected.ends_at]
    early = [s for s in asked if s.at < expected.settles_at]
    # what comes in time comes within the grace of its instant; settling is asked for at any moment
    auction = an_auction()
    for said in sorted([*in_time, *early], key=lambda s: s.second):
        auction = after(auction, said)
    rest = [*late, *(s for s in asked if s.at >= expected.settles_at), Said(10_000)]
    for said in data.draw(st.permutations(rest)):
        auction = after(auction, said)
    assert outcome(auction) == outcome(expected)
    assert auction.status is (AuctionStatus.UNSOLD if expected.leader_id is None else AuctionStatus.SOLD)


@given(made=st.lists(bids, max_size=12), delay=st.integers(0, 2))
def test_a_bid_made_in_time_counts_though_it_is_tried_again_for_two_seconds(made: list[Said], delay: int) -> None:
    """The worker comes as early as it may, between a bid's instant and its commit."""
    auction = an_auction()
    for bid in sorted(made, key=lambda s: s.second):
        before = auction
        asked = Said(bid.second + delay)
        assert after(auction, asked) == auction or bid.at >= auction.ends_at + GRACE - timedelta(seconds=delay)
        auction = after(auction, bid)
        assert auction.ends_at >= before.ends_at
        assert auction.amount >= before.amount


def test_a_late_bid_would_win_if_the_end_were_not_asked() -> None:
    """The test above bites: without the check of the end, what arrives late changes the winner."""
    late = Said(3_700, 2, 50)
    auction = an_auction()
    assert after(auction, late) == auction
    unchecked = auction.then(ends_at=late.at + timedelta(seconds=1))
    assert outcome(after(unchecked, late)) != outcome(auction)
