"""What posting transfers does to accounts: pure, so that every adapter decides the same.

An adapter loads and locks the accounts, calls `post`, and writes what it answers.
Source: docs/contexts/economy.md: idempotent ids, reversals, receivables, freeze.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from attrs import evolve, field, frozen, mutable

from sparkle_core.domain.economy.errors import (
    AccountFrozen,
    AmountOutOfRange,
    CurrencyMismatch,
    InsufficientFunds,
    OverReversal,
    UnknownAccount,
)
from sparkle_core.domain.economy.ledger import (
    Account,
    Entry,
    NewAccount,
    Posted,
    Purpose,
    Transfer,
    TransferId,
    receivable_of,
)
from sparkle_core.domain.kernel.copying import COPY
from sparkle_core.domain.kernel.errors import IdempotencyConflict, NotFound
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN

_DERIVED = UUID("5a1e7c00-0000-5000-8000-000000000002")


@frozen
class Reversible:
    """A transfer that is to be reversed, and how much of it was reversed before."""

    original: Transfer
    reversed: int


class Mark(NamedTuple):
    """How much a posting had come to at some point."""

    opened: int
    transfers: int
    entries: int
    were: int
    had: int


@mutable
class Posting:
    """A posting in progress over loaded accounts; afterwards it says what to write.

    `accounts` are those loaded (missing ones are unknown), `known` the transfers whose ids are
    taken, `reversibles` the originals of the reversals asked for. Of what changes in these, it
    keeps what was there before, so that many can share one, each all or nothing.
    """

    accounts: dict[UUID, Account]
    known: dict[TransferId, Transfer]
    reversibles: dict[TransferId, Reversible] = field(factory=dict)
    opened: list[NewAccount] = field(factory=list)
    transfers: list[Transfer] = field(factory=list)
    entries: list[Entry] = field(factory=list)
    _were: list[tuple[UUID, Account | None]] = field(factory=list, init=False)
    _had: list[Reversible] = field(factory=list, init=False)

    def mark(self) -> "Mark":
        """Where the posting stands, to go back to."""
        return Mark(len(self.opened), len(self.transfers), len(self.entries), len(self._were), len(self._had))

    def back_to(self, mark: "Mark") -> None:
        """Take back all that was posted since."""
        while len(self._were) > mark.were:
            id, account = self._were.pop()
            if account is None:
                del self.accounts[id]
            else:
                self.accounts[id] = account
        while len(self._had) > mark.had:
            reversible = self._had.pop()
            self.reversibles[reversible.original.id] = reversible
        for transfer in self.transfers[mark.transfers :]:
            del self.known[transfer.id]
        del self.opened[mark.opened :], self.transfers[mark.transfers :], self.entries[mark.entries :]

    @property
    def held(self) -> dict[UUID, int]:
        """The sequence at which each touched account stood before."""
        before: dict[UUID, int] = {}
        for entry in self.entries:
            before.setdefault(entry.account, entry.sequence - 1)
        return before

    @property
    def touched(self) -> list[Account]:
        """The accounts that changed, as they are now, in id order."""
        ids = {e.account for e in self.entries}
        return sorted((self.accounts[i] for i in ids), key=lambda a: a.id)

    def post(self, transfers: Iterable[Transfer]) -> Posted:
        """Post all, in order, or raise the first refusal and leave everything as it was."""
        mark = self.mark()
        try:
            stored = [self._one(t) for t in transfers]
        except Exception:
            self.back_to(mark)
            raise
        fresh = frozenset([t.id for t in self.transfers[mark.transfers :]])
        return Posted(tuple(stored), fresh, self.accounts)

    def _one(self, transfer: Transfer) -> Transfer:
        before = self.known.get(transfer.id)
        if before is not None:
            if before.content() != transfer.content():
                raise IdempotencyConflict(transfer.id.key)
            return before
        debit, credit = self._sides(transfer)
        if transfer.reverses is None:
            if debit.frozen:
                raise AccountFrozen
        else:
            self._reverse(transfer, transfer.reverses, debit)
        self._write(transfer)
        self._net(transfer, credit)
        return transfer

    def _sides(self, transfer: Transfer) -> tuple[Account, Account]:
        debit, credit = self.accounts.get(transfer.debit), self.accounts.get(transfer.credit)
        if debit is None or credit is None:
            raise UnknownAccount
        for account in (debit, credit):
            if account.currency is not transfer.currency:
                raise CurrencyMismatch(debit.currency.value, credit.currency.value)
        return debit, credit

    def _reverse(self, transfer: Transfer, of: TransferId, debit: Account) -> None:
        """Hold a reversal to what is left of its original; lend what the account cannot cover."""
        found = self.reversibles.get(of)
        if found is None:
            raise NotFound("transfer to reverse")
        remaining = found.original.amount - found.reversed
        if transfer.amount > remaining:
            raise OverReversal(remaining)
        self._had.append(found)
        self.reversibles[of] = evolve(found, reversed=found.reversed + transfer.amount)
        short = transfer.amount - debit.available
        if short > 0 and not debit.overdraft:
            self._write(self._lent(transfer, debit, short))

    def _lent(self, transfer: Transfer, debit: Account, short: int) -> Transfer:
        if debit.purpose is not Purpose.WALLET:  # nobody owes what escrow or earnings no longer hold
            raise InsufficientFunds(available=debit.available, needed=transfer.amount)
        receivable = receivable_of(debit.id)
        if receivable not in self.accounts:
            new = NewAccount(owner=debit.owner, currency=debit.currency, purpose=Purpose.RECEIVABLE, overdraft=True)
            self.opened.append(new)
            self._were.append((receivable, None))
            self.accounts[receivable] = opened(new)
        return _derived(transfer, "receivable", debit=receivable, credit=debit.id, amount=short)

    def _net(self, transfer: Transfer, credit: Account) -> None:
        """Pay what the credited account's owner owes, out of what just came in."""
        receivable = self.accounts.get(receivable_of(credit.id))
        if receivable is not None and receivable.balance < 0:
            paid = min(-receivable.balance, transfer.amount)
            self._write(_derived(transfer, "netting", debit=credit.id, credit=receivable.id, amount=paid))

    def _write(self, transfer: Transfer) -> None:
        for account_id, amount in ((transfer.debit, -transfer.amount), (transfer.credit, transfer.amount)):
            self._entry(self.accounts[account_id], transfer, amount)
        self.transfers.append(transfer)
        self.known[transfer.id] = transfer

    def _entry(self, account: Account, transfer: Transfer, amount: int) -> None:
        if account.hot:
            return  # its side is written when the transfer is sealed
        if amount < 0 and account.available + amount < 0 and not account.overdraft:
            raise InsufficientFunds(available=account.available, needed=-amount)
        self._were.append((account.id, account))
        self.accounts[account.id], entry = moved(account, transfer, amount)
        self.entries.append(entry)


def moved(account: Account, transfer: Transfer, amount: int) -> tuple[Account, Entry]:
    """An account after one side of a transfer, and the entry that says so. Raises `AmountOutOfRange`."""
    after = account.balance + amount
    earned, spent = account.earned + max(amount, 0), account.spent - min(amount, 0)
    if not INT64_MIN <= after <= INT64_MAX or max(earned, spent) > INT64_MAX:
        raise AmountOutOfRange
    sequence = account.sequence + 1
    gone = _gone(account, transfer, -amount) if amount < 0 and not account.hot else {}
    now: Account = COPY[Account](account, balance=after, sequence=sequence, earned=earned, spent=spent, **gone)
    entry = Entry(
        account=account.id,
        sequence=sequence,
        transfer=transfer.id,
        kind=transfer.kind,
        reference=transfer.reference,
        amount=amount,
        before=account.balance,
        after=after,
        at=transfer.at,
    )
    return now, entry


def _gone(account: Account, transfer: Transfer, amount: int) -> dict[str, Any]:
    """What went out today, with one more; a clock that is a little behind does not bring yesterday back."""
    day = max(account.day, transfer.at.toordinal())
    before = account.gone_today if day == account.day else {}
    return {"day": day, "gone_today": {**before, transfer.kind: before.get(transfer.kind, 0) + amount}}


def opened(new: NewAccount) -> Account:
    """A just opened account."""
    return Account(
        id=new.id,
        owner=new.owner,
        currency=new.currency,
        purpose=new.purpose,
        overdraft=new.overdraft,
        hot=new.hot,
    )


def needed(transfers: Iterable[Transfer]) -> list[UUID]:
    """The ids of every account a posting may touch, in the order in which they are locked."""
    ids: set[UUID] = set()
    for transfer in transfers:
        ids |= {transfer.debit, transfer.credit, receivable_of(transfer.credit)}
        if transfer.reverses is not None:
            ids.add(receivable_of(transfer.debit))
    return sorted(ids)


def named(transfers: Collection[Transfer]) -> list[TransferId]:
    """The ids of transfers, and of those they reverse."""
    ids = [t.id for t in transfers]
    return [*ids, *(t.reverses for t in transfers if t.reverses is not None)]


def _derived(transfer: Transfer, kind: str, *, debit: UUID, credit: UUID, amount: int) -> Transfer:
    key = str(uuid5(_DERIVED, f"{transfer.id.namespace}|{transfer.id.key}"))
    id = TransferId(kind, key)
    return evolve(transfer, id=id, debit=debit, credit=credit, amount=amount, kind=kind, reverses=None)
