"""The proof: what must be true of a whole ledger, checked row by row.

Source: docs/contexts/economy.md. SQL adapters ask their database the same questions, set-based.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from sparkle_core.domain.economy.chain import digest_of
from sparkle_core.domain.economy.holds import Hold, HoldState
from sparkle_core.domain.economy.ledger import Account, Currency, Entry, Proof, Transfer, TransferId


def proof_of(
    accounts: Iterable[Account],
    transfers: Iterable[Transfer],
    entries: Iterable[Entry],
    holds: Iterable[Hold],
    unsealed: Mapping[TransferId, str],
) -> Proof:
    """Per currency all balances, and what waits to be sealed on hot accounts, sum to zero; every balance
    equals the sum of its entries, and so do its lifetime sums; entries' sequence has no gaps and their
    chain of before and after is whole; no account is below its limit; every transfer has its two entries
    and nothing else has any, but for the hot sides of those that wait to be sealed, which have none yet.
    What an account has set aside equals the sum of its open holds, and every captured hold has its
    transfer. What waits to be sealed has the digest that was taken when it was posted.
    """
    all_accounts = {a.id: a for a in accounts}
    all_transfers = {t.id: t for t in transfers}
    by_account: dict[UUID, list[Entry]] = defaultdict(list)
    by_transfer: dict[TransferId, list[Entry]] = defaultdict(list)
    count = 0
    for entry in entries:
        count += 1
        by_account[entry.account].append(entry)
        by_transfer[entry.transfer].append(entry)
    hot = {id for id, account in all_accounts.items() if account.hot}
    waiting = {id: hot if id in unsealed else set() for id in all_transfers}
    faults = [*_sums(all_accounts, [t for t in all_transfers.values() if waiting[t.id]])]
    for account in all_accounts.values():
        faults += _account(account, by_account.get(account.id, []))
    faults += [f"entries of account {id} belong to no account" for id in by_account.keys() - all_accounts.keys()]
    for transfer in all_transfers.values():
        faults += _transfer(transfer, by_transfer.get(transfer.id, []), waiting[transfer.id])
    faults += [f"entries of transfer {id} belong to no transfer" for id in by_transfer.keys() - all_transfers.keys()]
    faults += _unsealed(all_transfers, unsealed)
    faults += _holds(all_accounts, all_transfers, holds)
    return Proof(len(all_accounts), len(all_transfers), count, tuple(faults))


def _sums(accounts: dict[UUID, Account], waiting: Iterable[Transfer]) -> list[str]:
    sums: dict[Currency, int] = defaultdict(int)
    for account in accounts.values():
        sums[account.currency] += account.balance
    for transfer in waiting:
        for id, amount in ((transfer.debit, -transfer.amount), (transfer.credit, transfer.amount)):
            if id in accounts and accounts[id].hot:
                sums[accounts[id].currency] += amount
    return [f"balances in {c.value} sum to {total}, not to zero" for c, total in sums.items() if total]


def _account(account: Account, entries: list[Entry]) -> list[str]:
    faults = []
    balance = 0
    for expected, entry in enumerate(sorted(entries, key=lambda e: e.sequence), start=1):
        if entry.sequence != expected:
            faults.append(f"account {account.id}: entry {expected} is missing")
            break
        if entry.before != balance or entry.after != balance + entry.amount:
            faults.append(f"account {account.id}: entry {expected} does not follow from the one before")
        balance = entry.after
    if sum(e.amount for e in entries) != account.balance:
        faults.append(f"account {account.id}: balance {account.balance} is not the sum of its entries")
    if sum(max(e.amount, 0) for e in entries) != account.earned:
        faults.append(f"account {account.id}: earned {account.earned} is not the sum of what came in")
    if sum(max(-e.amount, 0) for e in entries) != account.spent:
        faults.append(f"account {account.id}: spent {account.spent} is not the sum of what went out")
    if len(entries) != account.sequence:
        faults.append(f"account {account.id}: sequence {account.sequence}, but {len(entries)} entries")
    if account.available < 0 and not account.overdraft:
        faults.append(f"account {account.id}: balance {account.balance} is below what is held, {account.held}")
    return faults


def _transfer(transfer: Transfer, entries: list[Entry], without: set[UUID]) -> list[str]:
    sides = sorted((e.account, e.amount) for e in entries)
    both = [(transfer.debit, -transfer.amount), (transfer.credit, transfer.amount)]
    expected = sorted(side for side in both if side[0] not in without)
    return [] if sides == expected else [f"transfer {transfer.id}: its entries are not its two sides"]


def _unsealed(transfers: dict[TransferId, Transfer], unsealed: Mapping[TransferId, str]) -> list[str]:
    gone = [id for id in unsealed if id not in transfers]
    waiting = ((transfers[id], digest) for id, digest in unsealed.items() if id in transfers)
    return [
        *(f"transfer {id.namespace} {id.key} waits to be sealed and is not there" for id in gone),
        *(not_as_posted(t.id) for t, digest in waiting if digest_of(t) != digest),
    ]


def not_as_posted(id: TransferId) -> str:
    """The fault of a transfer whose row does not have the digest that was taken when it was posted."""
    return f"transfer {id.namespace} {id.key}: it is not what was posted"


def _holds(accounts: dict[UUID, Account], transfers: dict[TransferId, Transfer], holds: Iterable[Hold]) -> list[str]:
    faults = []
    open_on: dict[UUID, int] = defaultdict(int)
    for hold in holds:
        open_on[hold.account] += hold.amount if hold.state is HoldState.OPEN else 0
        transfer = transfers.get(hold.id) if hold.state is HoldState.CAPTURED else None
        if hold.state is HoldState.CAPTURED and (
            transfer is None or (transfer.debit, transfer.amount) != (hold.account, hold.captured)
        ):
            faults.append(f"hold {hold.id.namespace} {hold.id.key}: what it says was captured was not")
    faults += [f"holds of account {id} belong to no account" for id in open_on.keys() - accounts.keys()]
    for account in accounts.values():
        if account.held != open_on[account.id]:
            faults.append(f"account {account.id}: held {account.held} is not the sum of its open holds")
    return faults
