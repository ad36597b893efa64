"""The ledger as admins use it: giving transfers back, proving it all."""

from functools import partial
from typing import Annotated

from attrs import evolve, frozen

from sparkle_core.application.economy.receipts import TransferReceipt, receipt_of
from sparkle_core.application.economy.wallets import Reason
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.application.kernel.work import Work, found
from sparkle_core.application.shared.notifications import notify
from sparkle_core.application.shared.wallets import id_of_call, pay
from sparkle_core.domain.economy.chain import Head
from sparkle_core.domain.economy.errors import NotReversible
from sparkle_core.domain.economy.events import TransferReversed
from sparkle_core.domain.economy.ledger import (
    Amount,
    Posted,
    Proof,
    Purpose,
    Transfer,
    TransferId,
    owed_of,
    person_of,
)
from sparkle_core.domain.economy.verifying import Verification
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import INT64_MAX, Record, Text, Whole
from sparkle_core.domain.notifications import NotificationType
from sparkle_core.ports.security import KeyedHash


@frozen(kw_only=True)
class ReverseTransfer(Command[TransferReceipt]):
    """Give a transfer back, in full unless an amount is given; together never more than it moved.

    What the wallet cannot cover becomes a receivable, netted from later credits. Whom it is taken from is told, with
    the reason. Raises `NotFound`, `OverReversal`, and `NotReversible` for what is half of a conversion, a trade or a
    debt.
    """

    namespace: Annotated[str, Text(1, 64)]
    key: Annotated[str, Text(1, 128)]
    amount: Amount | None = None
    reason: Reason


@frozen(kw_only=True)
class ProveLedger(Query[Proof]):
    """Check the whole ledger; every fault is named."""


@frozen(kw_only=True)
class VerifyLedger(Query[Verification]):
    """Prove the ledger and hold every row against the hash chain; each row that was changed, deleted, inserted or
    moved since it was sealed is named. `head` and `mac`, both or neither, are those of an earlier verification:
    a chain that does not go through there any more is a fault.
    """

    head: Annotated[int, Whole(1, INT64_MAX)] | None = None
    mac: Annotated[str, Text(64, 64)] | None = None


@frozen(kw_only=True)
class Sealed(Record):
    """How many transfers were taken from the queue."""

    transfers: int


@frozen(kw_only=True)
class SealLedger(Command[Sealed]):
    """Seal what was posted, at most 1,000 transfers: write the entries that hot accounts do not have yet, and link
    them into the hash chain.
    """


async def reverse_transfer(cmd: ReverseTransfer, work: Work) -> TransferReceipt:
    original = found(await work.ledger.transfer(TransferId(cmd.namespace, cmd.key)), "transfer")
    await _by_itself(work, original)
    reversal = evolve(
        original,
        id=id_of_call(work),
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
        await _tell(work, original, posted, cmd.reason)
    return receipt_of(stored)


HALVES = {
    Purpose.ESCROW: "it is part of a trade, which gives back itself what comes to nothing",
    Purpose.CLEARING: "convert back what is left of it",
    Purpose.RECEIVABLE: "it keeps what somebody owes; reverse what they owe it for",
}
"""What a transfer in or out of such an account is half of, and what to do instead: the other half would stay."""


async def _by_itself(work: Work, original: Transfer) -> None:
    """Raises `NotReversible` for a transfer that is half of something."""
    if original.kind == "refund":
        raise NotReversible("the thing is gone with it; buy it again")
    for account in (await work.ledger.accounts([original.debit, original.credit])).values():
        if account.purpose in HALVES:
            raise NotReversible(HALVES[account.purpose])


async def _tell(work: Work, original: Transfer, posted: Posted, reason: str) -> None:
    """Tell whom a reversal takes from, where that is a person."""
    reversal = posted.transfers[0]
    person = person_of(posted.accounts[reversal.debit].owner)
    if person is not None:
        facts = {
            "amount": str(reversal.amount),
            "currency": reversal.currency.value,
            "owed": str(owed_of(reversal.debit, posted.accounts)),
            "kind": original.kind,
            "reference": original.reference,
            "reason": reason,
        }
        await notify(work, person, NotificationType.MODERATION, f"reversal:{reversal.id.key}", facts, fresh=True)


async def prove_ledger(query: ProveLedger, work: Work) -> Proof:
    return await work.ledger.prove()


async def verify_ledger(query: VerifyLedger, work: Work, *, hashes: KeyedHash) -> Verification:
    if (query.head is None) != (query.mac is None):
        raise Invalid.at("mac" if query.mac is None else "head", "head and mac of a verification go together")
    known = None if query.head is None else Head(links=query.head, mac=query.mac or "")
    return await work.ledger.verify(chain_key(hashes), known)


async def seal_ledger(cmd: SealLedger, work: Work, *, hashes: KeyedHash) -> Sealed:
    return Sealed(transfers=await work.ledger.seal(chain_key(hashes), work.now))


def chain_key(hashes: KeyedHash) -> KeyedDigest:
    """The keyed hash that the chain is made with."""
    return partial(hashes.of, "ledger/chain")
