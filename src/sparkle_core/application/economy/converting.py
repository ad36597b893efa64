"""Points into money and back, at the rates that the rules name."""

from typing import Annotated

from attrs import frozen

from sparkle_core.application.economy.moving import purse_of
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.shared.wallets import id_of_call, pay
from sparkle_core.domain.economy.errors import UnknownRate
from sparkle_core.domain.economy.events import PointsConverted
from sparkle_core.domain.economy.ledger import Amount, Currency, wallet_of
from sparkle_core.domain.economy.money import clearing, conversion, purse
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.fields import Instant, Record, Text


@frozen(kw_only=True)
class Converted(Record):
    """What was paid and received, in the currencies' smallest units, and the rate as both transfers bear it."""

    source: Currency
    target: Currency
    paid: int
    received: int
    stamp: str
    at: Instant


@frozen(kw_only=True)
class Convert(Command[Converted]):
    """Change what one has from one currency into another, at a rate of the rules; `amount` in the first one's units.

    What it is worth is rounded down. Raises `UnknownRate`, `Invalid` when it is worth nothing,
    `InsufficientFunds`, `AccountFrozen`, `AmountOutOfRange`.
    """

    rate: Annotated[str, Text(1, 40)]
    amount: Amount


async def convert(cmd: Convert, work: Work, *, rules: EconomyRules) -> Converted:
    rate = next((rate for rate in rules.rates if rate.name == cmd.rate), None)
    if rate is None:
        raise UnknownRate
    await purse_of(work, work.user_id, rate.source)
    taken, given = conversion(rate, cmd.amount, work.user_id, id=id_of_call(work), actor=work.actor.name, at=work.now)
    for account in (purse(work.user_id, rate.target), clearing(rate.source), clearing(rate.target)):
        await work.ledger.open(account)
    posted = await pay(work, taken, given)
    if taken.id in posted.fresh:
        work.record(
            PointsConverted(
                wallet=wallet_of(work.user_id),
                user_id=work.user_id,
                rate=rate.stamp,
                paid=taken.amount,
                received=given.amount,
            )
        )
    return Converted(
        source=rate.source,
        target=rate.target,
        paid=taken.amount,
        received=given.amount,
        stamp=rate.stamp,
        at=posted.transfers[0].at,
    )
