"""Wallets and payments, for every context that moves points within its own transaction."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.economy.events import PointsIssued
from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    Currency,
    NewAccount,
    Posted,
    Purpose,
    Transfer,
    TransferId,
    owner_of,
    person_of,
    wallet_of,
)
from sparkle_core.domain.kernel.errors import IdempotencyConflict
from sparkle_core.domain.kernel.fields import UserId


async def open_wallet(work: Work, user_id: UserId) -> UUID:
    """Open a person's SPARKLE wallet, unless they have it; answers its id."""
    wallet = NewAccount(owner=owner_of(user_id), currency=Currency.SPARKLE, purpose=Purpose.WALLET)
    await work.ledger.open(ISSUANCE)
    await work.ledger.open(wallet)
    return wallet.id


def issued(work: Work, user_id: UserId, amount: int, *, rule: str, key: str, kind: str, reference: str) -> Transfer:
    """Points from the platform's issuance to a wallet; `rule` is the id's namespace."""
    return Transfer(
        id=TransferId(rule, key),
        debit=ISSUANCE.id,
        credit=wallet_of(user_id),
        amount=amount,
        currency=Currency.SPARKLE,
        kind=kind,
        reference=reference,
        actor=work.actor.name,
        at=work.now,
    )


def id_of_call(work: Work) -> TransferId:
    """The id of the transfer that a call is for: the same for the same caller and key, one of its own without a key."""
    return TransferId.of_call(work.actor.name, work.key or str(work.new_id()))


async def pay(work: Work, *transfers: Transfer) -> Posted:
    """Post transfers, all or none. Records `PointsIssued` for each that the platform has just paid; not given back."""
    try:
        posted = await work.ledger.post(*transfers)
    except IdempotencyConflict as conflict:
        told = work.key if work.key is not None and conflict.key == id_of_call(work).key else conflict.key
        raise IdempotencyConflict(told) from None  # the caller knows the key and not its digest
    for transfer in posted.transfers:
        if transfer.debit == ISSUANCE.id and transfer.reverses is None and transfer.id in posted.fresh:
            namespace, key = transfer.id.namespace, transfer.id.key
            work.record(PointsIssued(wallet=transfer.credit, amount=transfer.amount, namespace=namespace, key=key))
    return posted


async def earner_of(work: Work, namespace: str, key: str) -> tuple[UserId, int] | None:
    """Who earns by a transfer that the platform pays, and 1; -1 where it takes that back from them.

    A reversal takes back what it reverses, and that of a reversal gives it again. None for all that is only moved: as a
    tip, into escrow and out of it, in a trade, back from a purchase.
    """
    transfer, sign = await work.ledger.transfer(TransferId(namespace, key)), 1
    while transfer is not None and transfer.reverses is not None:
        transfer, sign = await work.ledger.transfer(transfer.reverses), -sign
    if transfer is None or transfer.debit != ISSUANCE.id:
        return None
    account = (await work.ledger.accounts([transfer.credit])).get(transfer.credit)
    person = person_of(account.owner) if account is not None and account.purpose is Purpose.WALLET else None
    return None if person is None else (person, sign)
