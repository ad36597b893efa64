"""What posting transfers does to accounts: pure, so that every adapter decides the same.

An adapter loads and locks the accounts, calls `post`, and writes what it answers.
Source: docs/contexts/economy.md: idempotent ids, reversals, receivables, freeze.
"""

from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any
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


@mutable
class Posting:
    """A posting in progress over loaded accounts; afterwards it says what to write.

    `accounts` are those loaded (missing ones are unknown), `known` the transfers whose ids are
    taken, `reversibles` the originals of the reversals asked for.
    """

    accounts: dict[UUID, Account]
    known: dict[TransferId, Transfer]
    reversibles: dict[TransferId, Reversible] = field(factory=dict)
    opened: list[NewAccount] = field(factory=list)
    transfers: list[Transfer] = field(factory=list)
    entries: list[Entry] = field(factory=list)

    def part(self, transfers: Iterable[Transfer]) -> "Posting":
        """A posting of its own over what these transfers may touch, so that a refusal of it leaves this one whole."""
        wanted = tuple(transfers)
        originals = {t.reverses for t in wanted if t.reverses is not None}
        return Posting(
            accounts={i: self.accounts[i] for i in needed(wanted) if i in self.accounts},
            known={t.id: self.known[t.id] for t in wanted if t.id in self.known},
            reversibles={o: self.reversibles[o] for o in originals if o in self.reversibles},
        )

    def absorb(self, part: "Posting") -> Callable[[], None]:
        """Take over what a part has posted: what comes next is decided on top of it. Answers what takes it back."""
        before = (
            {id: self.accounts.get(id) for id in part.accounts},
            {id: self.reversibles[id] for id in part.reversibles},
            len(self.opened),
            len(self.transfers),
            len(self.entries),
        )
        self.accounts.update(part.accounts)
        self.known.update(part.known)
        self.reversibles.update(part.reversibles)
        self.opened += part.opened
        self.transfers += part.transfers
        self.entries += part.entries
        return partial(self._give_back, part, *before)

    def _give_back(
        self,
        part: "Posting",
        accounts: dict[UUID, Account | None],
        reversibles: dict[TransferId, Reversible],
        opened: int,
        transfers: int,
        entries: int,
    ) -> None:
        for id, account in accounts.items():
            if account is None:
                del self.accounts[id]
            else:
                self.accounts[id] = account
        for transfer in part.transfers:
            del self.known[transfer.id]
        self.reversibles.update(reversibles)
        del self.opened[opened:], self.transfers[transfers:], self.entries[entries:]

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
        """Post all, in order, or raise the first refusal."""
        stored = [self._one(t) for t in transfers]
        return Posted(tuple(stored), frozenset(t.id for t in self.transfers), self.accounts)

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
