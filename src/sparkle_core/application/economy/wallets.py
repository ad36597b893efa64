"""Wallets: what is in them, what went in and out, freezing them."""

from typing import Annotated

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.people import reads_all_of
from sparkle_core.domain.economy.errors import UnknownAccount
from sparkle_core.domain.economy.events import WalletFrozen, WalletUnfrozen
from sparkle_core.domain.economy.ledger import Currency, Entry, TransferKind, owed_of, receivable_of, wallet_of
from sparkle_core.domain.economy.money import purse
from sparkle_core.domain.economy.posting import opened
from sparkle_core.domain.kernel.errors import Forbidden
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of

Reason = Annotated[str, Text(1, 1_000, lines=True)]


@frozen(kw_only=True)
class Balance(Record):
    """What somebody has of a currency, in smallest units: free to spend, set aside by holds, and all that ever came
    in and went out, escrow and its return too. What they owe is paid out of the next that comes in.

    `frozen`: nothing of theirs goes out, in whatever currency.
    """

    user_id: UserId
    currency: Currency = Currency.SPARKLE
    available: int
    held: int
    owed: int
    earned: int
    spent: int
    frozen: bool


@frozen(kw_only=True)
class BalanceOf(Query[Balance]):
    """What somebody has: one's own, or anybody's for moderators. Points are in a wallet, money is in earnings."""

    user_id: UserId
    currency: Currency = Currency.SPARKLE


@frozen(kw_only=True)
class StatementLine(Record):
    """One entry: the signed amount, the balance after it, what it was."""

    sequence: int
    amount: int
    balance: int
    kind: TransferKind
    reference: str
    namespace: str
    key: str
    at: Instant


@frozen(kw_only=True)
class Statement(Query[Page[StatementLine]]):
    """A wallet's entries, newest first; `since` is included, `until` is not."""

    user_id: UserId
    currency: Currency = Currency.SPARKLE
    kind: TransferKind | None = None
    since: Instant | None = None
    until: Instant | None = None
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class FreezeWallet(Command[None]):
    """Freeze what somebody has, in every currency, and their things: nothing goes out, credits still come in."""

    user_id: UserId
    reason: Reason


@frozen(kw_only=True)
class UnfreezeWallet(Command[None]):
    """Let a frozen wallet pay again."""

    user_id: UserId
    reason: Reason


async def balance_of(query: BalanceOf, work: Work) -> Balance:
    _may_see(work, query.user_id)
    asked = purse(query.user_id, query.currency)
    wallet = wallet_of(query.user_id)
    accounts = await work.ledger.accounts([asked.id, receivable_of(asked.id), wallet])
    if wallet not in accounts:
        raise UnknownAccount("wallet")
    account = accounts.get(asked.id) or opened(asked)
    return Balance(
        user_id=query.user_id,
        currency=query.currency,
        available=account.available,
        held=account.held,
        owed=owed_of(asked.id, accounts),
        earned=account.earned,
        spent=account.spent,
        frozen=accounts[wallet].frozen,  # the one flag for all that somebody has
    )


async def statement(query: Statement, work: Work) -> Page[StatementLine]:
    _may_see(work, query.user_id)
    scope = (query.user_id, query.currency.value, query.kind, query.since, query.until)
    place = position_of(query.after, "statement", scope, (int,))
    entries = await work.ledger.entries(
        purse(query.user_id, query.currency).id,
        kind=query.kind,
        since=query.since,
        until=query.until,
        before=place[0] if place else None,
        limit=query.limit + 1,
    )
    page = page_of(entries, query.limit, "statement", scope, lambda e: (e.sequence,))
    return Page(tuple(_line(e) for e in page.items), page.next)


def _line(entry: Entry) -> StatementLine:
    return StatementLine(
        sequence=entry.sequence,
        amount=entry.amount,
        balance=entry.after,
        kind=entry.kind,
        reference=entry.reference,
        namespace=entry.transfer.namespace,
        key=entry.transfer.key,
        at=entry.at,
    )


def _may_see(work: Work, user_id: UserId) -> None:
    """Wallets are private: one's own, or a moderator's business."""
    if not reads_all_of(work, user_id):
        raise Forbidden


async def freeze_wallet(cmd: FreezeWallet, work: Work) -> None:
    await _freeze(work, cmd.user_id, True)
    work.record(WalletFrozen(wallet=wallet_of(cmd.user_id)))


async def unfreeze_wallet(cmd: UnfreezeWallet, work: Work) -> None:
    await _freeze(work, cmd.user_id, False)
    work.record(WalletUnfrozen(wallet=wallet_of(cmd.user_id)))


async def _freeze(work: Work, user_id: UserId, frozen: bool) -> None:
    """Raises `UnknownAccount`."""
    id = wallet_of(user_id)
    before = (await work.ledger.accounts([id])).get(id)
    if before is None:
        raise UnknownAccount("wallet")
    await work.ledger.freeze(id, frozen)
    work.note(user_id, {"wallet": _flow(before.frozen)}, {"wallet": _flow(frozen)})


def _flow(frozen: bool) -> str:
    return "frozen" if frozen else "open"
