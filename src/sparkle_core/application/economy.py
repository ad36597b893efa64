"""What can be asked of the economy: tips, balances, statements, reversals, freezing, the proof."""

from typing import Annotated

from attrs import evolve, frozen

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.people import standing_of
from sparkle_core.application.shared.wallets import pay
from sparkle_core.domain.economy.errors import UnknownAccount
from sparkle_core.domain.economy.events import TipSent, TransferReversed, WalletFrozen, WalletUnfrozen
from sparkle_core.domain.economy.ledger import (
    Amount,
    Currency,
    Entry,
    Proof,
    Transfer,
    TransferId,
    TransferKind,
    wallet_of,
)
from sparkle_core.domain.kernel.actors import Permission, Status
from sparkle_core.domain.kernel.errors import Forbidden, NotFound
from sparkle_core.domain.kernel.fields import Instant, Record, Text, UserId
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.notifications import NotificationType

Reason = Annotated[str, Text(1, 1_000, lines=True)]


@frozen(kw_only=True)
class Balance(Record):
    """What is in a wallet, in SPARKLE points: free to spend, held, and its lifetime sums.

    `held` is what holds have set aside; no use case of this version makes one.
    """

    user_id: UserId
    available: int
    held: int
    earned: int
    spent: int
    frozen: bool


@frozen(kw_only=True)
class TransferReceipt(Record):
    """A transfer as it was posted."""

    namespace: str
    key: str
    amount: int
    kind: TransferKind
    reference: str
    at: Instant


@frozen(kw_only=True)
class SendTip(Command[TransferReceipt]):
    """Give somebody points. The call's key is the transfer's id within its actor, kept for ever.

    Raises `InsufficientFunds(available, needed)`, `AccountFrozen`, `NotFound` for nobody who can
    receive, `SameAccount` for oneself.
    """

    to: UserId
    amount: Amount


@frozen(kw_only=True)
class BalanceOf(Query[Balance]):
    """What is in a wallet: one's own, or anybody's for moderators."""

    user_id: UserId


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
    kind: TransferKind | None = None
    since: Instant | None = None
    until: Instant | None = None
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class ReverseTransfer(Command[TransferReceipt]):
    """Give a transfer back, in full unless an amount is given; together never more than it moved.

    What the wallet cannot cover becomes a receivable, netted from later credits. Raises
    `NotFound`, `OverReversal`.
    """

    namespace: Annotated[str, Text(1, 64)]
    key: Annotated[str, Text(1, 128)]
    amount: Amount | None = None
    reason: Reason


@frozen(kw_only=True)
class FreezeWallet(Command[None]):
    """Freeze a wallet: nothing goes out, credits still come in."""

    user_id: UserId
    reason: Reason


@frozen(kw_only=True)
class UnfreezeWallet(Command[None]):
    """Let a frozen wallet pay again."""

    user_id: UserId
    reason: Reason


@frozen(kw_only=True)
class ProveLedger(Query[Proof]):
    """Check the whole ledger; every fault is named."""


async def send_tip(cmd: SendTip, work: Work) -> TransferReceipt:
    sender = work.user_id
    standing = await standing_of(work, cmd.to)
    if standing is None or standing.status not in (Status.ACTIVE, Status.SUSPENDED):
        raise NotFound("person who can receive points")
    transfer = Transfer(
        id=TransferId(work.actor.name, work.key or str(work.new_id())),
        debit=wallet_of(sender),
        credit=wallet_of(cmd.to),
        amount=cmd.amount,
        currency=Currency.SPARKLE,
        kind="tip",
        reference=f"person:{cmd.to}",
        actor=work.actor.name,
        at=work.now,
    )
    posted = await pay(work, transfer)
    stored = posted.transfers[0]
    if stored.id in posted.fresh:
        namespace, key = stored.id.namespace, stored.id.key
        work.record(
            TipSent(
                wallet=stored.credit, sender=sender, recipient=cmd.to, amount=cmd.amount, namespace=namespace, key=key
            )
        )
        facts = {"from": str(sender), "amount": str(cmd.amount)}
        await notify(work, cmd.to, NotificationType.TIP_RECEIVED, f"tip:{work.new_id()}", facts, fresh=True)
    return _receipt(stored)


def _receipt(transfer: Transfer) -> TransferReceipt:
    return TransferReceipt(
        namespace=transfer.id.namespace,
        key=transfer.id.key,
        amount=transfer.amount,
        kind=transfer.kind,
        reference=transfer.reference,
        at=transfer.at,
    )


async def balance_of(query: BalanceOf, work: Work) -> Balance:
    _may_see(work, query.user_id)
    wallet = wallet_of(query.user_id)
    account = (await work.ledger.accounts([wallet])).get(wallet)
    if account is None:
        raise UnknownAccount("wallet")
    return Balance(
        user_id=query.user_id,
        available=account.balance,
        held=0,
        earned=account.earned,
        spent=account.spent,
        frozen=account.frozen,
    )


async def statement(query: Statement, work: Work) -> Page[StatementLine]:
    _may_see(work, query.user_id)
    scope = (query.user_id, query.kind, query.since, query.until)
    place = position_of(query.after, "statement", scope, (int,))
    entries = await work.ledger.entries(
        wallet_of(query.user_id),
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
    if user_id != work.actor.user_id and (work.standing is None or not work.standing.may(Permission.READ_ANY_WALLET)):
        raise Forbidden


async def reverse_transfer(cmd: ReverseTransfer, work: Work) -> TransferReceipt:
    original = found(await work.ledger.transfer(TransferId(cmd.namespace, cmd.key)), "transfer")
    reversal = evolve(
        original,
        id=TransferId(work.actor.name, work.key or str(work.new_id())),
        debit=original.credit,
        credit=original.debit,
        amount=cmd.amount or original.amount,
        kind="reversal",
        actor=work.actor.name,
        at=work.now,
        reverses=original.id,
    )
    posted = await pay(work, reversal)
    stored = posted.transfers[0]
    if stored.id in posted.fresh:
        work.record(TransferReversed(wallet=stored.debit, amount=stored.amount, namespace=cmd.namespace, key=cmd.key))
    return _receipt(stored)


async def freeze_wallet(cmd: FreezeWallet, work: Work) -> None:
    await work.ledger.freeze(wallet_of(cmd.user_id), True)
    work.record(WalletFrozen(wallet=wallet_of(cmd.user_id)))


async def unfreeze_wallet(cmd: UnfreezeWallet, work: Work) -> None:
    await work.ledger.freeze(wallet_of(cmd.user_id), False)
    work.record(WalletUnfrozen(wallet=wallet_of(cmd.user_id)))


async def prove_ledger(query: ProveLedger, work: Work) -> Proof:
    return await work.ledger.prove()


USE_CASES = (
    UseCase(SendTip, send_tip, Permission.SEND_POINTS),
    UseCase(BalanceOf, balance_of, Permission.READ_OWN),
    UseCase(Statement, statement, Permission.READ_OWN),
    UseCase(ReverseTransfer, reverse_transfer, Permission.REVERSE_TRANSFERS),
    UseCase(FreezeWallet, freeze_wallet, Permission.FREEZE_WALLETS),
    UseCase(UnfreezeWallet, unfreeze_wallet, Permission.FREEZE_WALLETS),
    UseCase(ProveLedger, prove_ledger, Permission.REVERSE_TRANSFERS),
)
