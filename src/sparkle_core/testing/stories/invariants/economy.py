"""What must be true of the ledger. Source: docs/contexts/economy.md."""

from collections import Counter as Tally
from collections.abc import Iterator

from sparkle_core.application.rules import Rules
from sparkle_core.domain.economy.auctions import AuctionStatus
from sparkle_core.domain.economy.ledger import Currency, Purpose, TransferId
from sparkle_core.domain.economy.stored import AUCTIONS, OFFERS
from sparkle_core.domain.economy.trading import OfferStatus
from sparkle_core.testing.stories.kept import Kept


def conservation(kept: Kept, rules: Rules) -> Iterator[str]:
    """The ledger proves itself, nothing is below its floor, and every currency sums to zero."""
    sums: Tally[Currency] = Tally()
    for offer in kept.all_of(OFFERS):  # an escrow holds what is open, and nothing else
        sums[Currency.SPARKLE] += offer.gives.points * (offer.status is OfferStatus.OPEN)
    for auction in kept.all_of(AUCTIONS):
        sums[Currency.SPARKLE] += auction.amount * (auction.status is AuctionStatus.OPEN)
    for account in kept.accounts.values():
        sums[account.currency] += account.balance * (account.purpose is not Purpose.ESCROW)
    yield from kept.proof.faults
    yield from (f"{a} is below zero" for a in kept.accounts.values() if a.balance < 0 and not a.overdraft)
    yield from (f"{currency} sums to {total}" for currency, total in sums.items() if total)


def balances(kept: Kept, rules: Rules) -> Iterator[str]:
    """A balance is the sum of its entries, which follow one another without gaps."""
    for id, newest_first in kept.entries.items():
        entries, account = newest_first[::-1], kept.accounts[id]
        if account.balance != sum(e.amount for e in entries):
            yield f"{account} is not the sum of its entries"
        if [e.sequence for e in entries] != list(range(1, account.sequence + 1)):
            yield f"{account} has gaps in its entries"
        before = 0
        for entry in entries:
            if entry.before != before or entry.after != before + entry.amount:
                yield f"{entry} does not follow {before}"
            before = entry.after
        if not 0 <= account.held <= max(account.balance, 0):
            yield f"{account} has set aside more than there is"


def reversals(kept: Kept, rules: Rules) -> Iterator[str]:
    """Nothing gives back more than was moved, nor to anybody else than who paid it."""
    given_back: Tally[TransferId] = Tally()
    for transfer in kept.transfers.values():
        if transfer.reverses is not None:
            given_back[transfer.reverses] += transfer.amount
            original = kept.transfers.get(transfer.reverses)
            if original is None or (original.debit, original.credit) != (transfer.credit, transfer.debit):
                yield f"{transfer} does not go the way back of {original}"
    for id, amount in given_back.items():
        if id in kept.transfers and amount > kept.transfers[id].amount:
            yield f"{amount} of {kept.transfers[id]} were given back"


MONEY = (conservation,)
"""What can be told of a store by few statements."""
INVARIANTS = (conservation, balances, reversals)
