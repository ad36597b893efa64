"""Points to and from the platform, people and escrow: the transfers that buying and trading are made of."""

from uuid import UUID

from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.people import standing_of
from sparkle_core.domain.economy.errors import AccountFrozen
from sparkle_core.domain.economy.ledger import (
    PLATFORM,
    Currency,
    NewAccount,
    Purpose,
    Transfer,
    TransferId,
    wallet_of,
)
from sparkle_core.domain.economy.money import purse
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import NotFound
from sparkle_core.domain.kernel.fields import UserId


async def opened(work: Work, owner: str, currency: Currency, purpose: Purpose) -> UUID:
    """The id of an account that is there afterwards; the platform's may go below zero."""
    account = NewAccount(owner=owner, currency=currency, purpose=purpose, overdraft=owner == PLATFORM)
    await work.ledger.open(account)
    return account.id


async def purse_of(work: Work, user_id: UserId, currency: Currency) -> UUID:
    """What a person pays out of in a currency: SPARKLE they have from the start, others are opened when first needed.

    A freeze is on the account of their SPARKLE, and the ledger holds to it; for the others it is looked up. Raises
    `AccountFrozen`.
    """
    account = purse(user_id, currency)
    if currency is not Currency.SPARKLE:
        await unfrozen(work, user_id)
        await work.ledger.open(account)
    return account.id


def moved(
    work: Work, debit: UUID, credit: UUID, amount: int, currency: Currency, *, kind: str, key: str, reference: str
) -> Transfer:
    """Points from one account to another; the id is (kind, key)."""
    return Transfer(
        id=TransferId(kind, key),
        debit=debit,
        credit=credit,
        amount=amount,
        currency=currency,
        kind=kind,
        reference=reference,
        actor=work.actor.name,
        at=work.now,
    )


async def unfrozen(work: Work, *people: UserId) -> None:
    """Raises `AccountFrozen` when the wallet of one of them is frozen: nothing of theirs goes out, things neither."""
    accounts = await work.ledger.accounts([wallet_of(person) for person in people])
    if any(account.frozen for account in accounts.values()):
        raise AccountFrozen


async def receiver(work: Work, user_id: UserId) -> UserId:
    """Somebody who can receive things. Raises `NotFound`."""
    standing = await standing_of(work, user_id)
    if standing is None or not standing.receives:
        raise NotFound("person who can receive things")
    return user_id


async def trades(work: Work, user_id: UserId) -> bool:
    """Whether somebody may trade now: with an active account."""
    standing = await standing_of(work, user_id)
    return standing is not None and standing.may(Permission.TRADE)


async def partner(work: Work, user_id: UserId) -> None:
    """Raises `NotFound` for somebody who may not trade now, and `AccountFrozen` when nothing of theirs goes out."""
    if not await trades(work, user_id):
        raise NotFound("person who can trade")
    await unfrozen(work, user_id)
