"""Wallets and payments, for every context that moves points within its own transaction."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    Currency,
    NewAccount,
    Posted,
    Purpose,
    Transfer,
    TransferId,
    owner_of,
    wallet_of,
)
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


async def pay(work: Work, *transfers: Transfer) -> Posted:
    """Post transfers, all or none."""
    return await work.ledger.post(*transfers)
