"""Tips: points from one person to another."""

from attrs import frozen

from sparkle_core.application.economy.limiting import within_limits
from sparkle_core.application.economy.receipts import TransferReceipt, receipt_of
from sparkle_core.application.kernel.batching import Needs
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.people import standing_of, standings_of
from sparkle_core.application.shared.trust import trust_needs
from sparkle_core.application.shared.wallets import id_of_call, pay
from sparkle_core.domain.economy.events import TipSent
from sparkle_core.domain.economy.ledger import TIP, Amount, Currency, Transfer, TransferId, receivable_of, wallet_of
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import UserId


@frozen(kw_only=True)
class SendTip(Command[TransferReceipt]):
    """Give somebody points. The call's key names the transfer, for ever; the ledger keeps a digest of it.

    Raises `InsufficientFunds(available, needed)`, `LimitReached`, `AccountFrozen`, `NotFound` for nobody who can
    receive, `SameAccount` for oneself.
    """

    to: UserId
    amount: Amount


def needs_of_tip(cmd: SendTip, actor: Actor, key: str | None) -> Needs:
    """What `send_tip` reads: both people and wallets, and the sender's trust."""
    if actor.user_id is None:
        return Needs()
    sender, recipient = wallet_of(actor.user_id), wallet_of(cmd.to)
    return Needs(
        rows=(*standings_of(actor.user_id, cmd.to), trust_needs(actor.user_id)),
        accounts=(sender, recipient, receivable_of(recipient)),
        transfers=(TransferId.of_call(actor.name, key),) if key is not None else (),
    )


async def send_tip(cmd: SendTip, work: Work, *, rules: EconomyRules) -> TransferReceipt:
    sender = work.user_id
    standing = await standing_of(work, cmd.to)
    if standing is None or not standing.receives:
        raise NotFound("person who can receive points")
    transfer = Transfer(
        id=id_of_call(work),
        debit=wallet_of(sender),
        credit=wallet_of(cmd.to),
        amount=cmd.amount,
        currency=Currency.SPARKLE,
        kind=TIP,
        reference=f"person:{cmd.to}",
        actor=work.actor.name,
        at=work.now,
    )
    posted = await pay(work, transfer)
    await within_limits(work, rules.limits, "tips", posted)
    stored = posted.transfers[0]
    if stored.id in posted.fresh:
        namespace, key = stored.id.namespace, stored.id.key
        work.record(
            TipSent(
                wallet=stored.credit, sender=sender, recipient=cmd.to, amount=cmd.amount, namespace=namespace, key=key
            )
        )
    return receipt_of(stored)
