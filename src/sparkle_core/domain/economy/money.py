"""Money: exact amounts of currencies with decimals, and points changed into money at a named rate.

Source: docs/contexts/economy.md. There is no float here. Points have no decimals. Money has four, so
that 1 USD is 10,000; payment providers take fewer, and only towards them is anything rounded.
"""

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise, permutations
from math import prod
from typing import Annotated
from uuid import UUID

from attrs import evolve, frozen

from sparkle_core.domain.economy.errors import AmountOutOfRange
from sparkle_core.domain.economy.ledger import (
    PLATFORM,
    Currency,
    NewAccount,
    Purpose,
    Transfer,
    TransferId,
    owner_of,
)
from sparkle_core.domain.kernel.errors import Fault, Invalid
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN, Instant, Record, Text, UserId, Whole

INT64 = range(INT64_MIN, INT64_MAX + 1)
POINTS = frozenset({Currency.SPARKLE, Currency.PREMIUM})
CONVERSION = "conversion"
DECIMALS = 4
"""Of money in the ledger: exact up to ±922,337,203,685,477.5807."""
MINOR_DECIMALS = {Currency.USD: 2, Currency.EUR: 2, Currency.GBP: 2, Currency.JPY: 0}
"""Decimals of what payment providers take (ISO 4217)."""


def decimals_of(currency: Currency) -> int:
    """How many decimals the ledger keeps: none of points, four of money."""
    return 0 if currency in POINTS else DECIMALS


def amount_text(amount: int, currency: Currency) -> str:
    """An amount of smallest units as people write it: 125000 USD is `12.5000`."""
    decimals = decimals_of(currency)
    digits = str(abs(amount)).rjust(decimals + 1, "0")
    sign = "-" if amount < 0 else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def amount_of(text: str, currency: Currency) -> int:
    """Smallest units from what people write.

    Raises `Invalid`, also for more decimals than the currency has, and `AmountOutOfRange`.
    """
    decimals = decimals_of(currency)
    match = re.fullmatch(r"(-?)([0-9]{1,30})(?:\.([0-9]{1,30}))?", text)
    if match is None:
        raise Invalid.at("amount", "must be digits, with a point before decimals: 12.50")
    sign, whole, fraction = match[1], match[2], match[3] or ""
    if len(fraction.rstrip("0")) > decimals:
        raise Invalid.at("amount", f"must have at most {decimals} decimals: {currency.value} has no smaller part")
    amount = int(sign + whole + fraction.rstrip("0").ljust(decimals, "0"))
    if amount not in INT64:
        raise AmountOutOfRange
    return amount


def minor_units(parts: Sequence[int], currency: Currency) -> tuple[int, ...]:
    """Amounts of money in a provider's minor unit, by largest remainder: together they are the sum, rounded down.

    What belongs to one payment is converted together; then its lines add up on either side. Of equal
    remainders the earlier part is rounded up. Raises `Invalid` for points and for amounts below zero.
    """
    if currency in POINTS:
        raise Invalid.at("currency", f"must be money; {currency.value} has no minor unit")
    if any(part < 0 for part in parts):
        raise Invalid.at("parts", "must not be below zero")
    unit: int = 10 ** (DECIMALS - MINOR_DECIMALS[currency])
    units = [part // unit for part in parts]
    missing = sum(parts) // unit - sum(units)
    for i in sorted(range(len(parts)), key=lambda i: -(parts[i] % unit))[:missing]:
        units[i] += 1
    return tuple(units)


def purse(user_id: UserId, currency: Currency) -> NewAccount:
    """Where a person has a currency: points in a wallet, money in their earnings."""
    purpose = Purpose.WALLET if currency in POINTS else Purpose.EARNINGS
    return NewAccount(owner=owner_of(user_id), currency=currency, purpose=purpose)


def clearing(currency: Currency) -> NewAccount:
    """The platform's side of conversions: what it took in one currency and gave in another."""
    return NewAccount(owner=PLATFORM, currency=currency, purpose=Purpose.CLEARING, overdraft=True)


@frozen(kw_only=True)
class Rate(Record):
    """What one currency is worth in another: `numerator` smallest units of `target` for `denominator` of `source`."""

    name: Annotated[str, Text(1, 40)]
    source: Currency
    target: Currency
    numerator: Annotated[int, Whole(1, 1_000_000_000)]
    denominator: Annotated[int, Whole(1, 1_000_000_000)]

    def _rules(self) -> tuple[Fault, ...]:
        return (Fault("target", "must be another currency than the source"),) if self.source is self.target else ()

    @property
    def stamp(self) -> str:
        """What a transfer at this rate refers to, so that it can be recomputed whatever the rates are by then."""
        return f"rate:{self.name}:{self.numerator}/{self.denominator}"

    def of(self, amount: int) -> int:
        """What an amount is worth, rounded down."""
        return amount * self.numerator // self.denominator

    @property
    def factor(self) -> Fraction:
        """What one unit of the source is worth."""
        return Fraction(self.numerator, self.denominator)


def gaining(rates: Iterable[Rate]) -> tuple[Rate, ...]:
    """Rates by which an amount comes back as more than it was, one after the other; the fewest, or none."""
    best: dict[tuple[Currency, Currency], Rate] = {}
    for rate in sorted(rates, key=lambda rate: rate.factor):
        best[rate.source, rate.target] = rate
    currencies = [currency for currency in Currency if any(currency in pair for pair in best)]
    for length in range(2, len(currencies) + 1):
        for through in permutations(currencies, length):
            legs = [best.get(leg) for leg in pairwise((*through, through[0]))]
            way = tuple(leg for leg in legs if leg is not None)
            if len(way) == length and prod(leg.factor for leg in way) > 1:
                return way
    return ()


def conversion(
    rate: Rate, amount: int, user_id: UserId, *, id: TransferId, actor: str, at: Instant
) -> tuple[Transfer, Transfer]:
    """A person's points become money, or the other way: one transfer to the platform, and one from it.

    Both bear the rate's stamp. The second's namespace is `paid|` and the first's, so that each conversion
    has exactly two transfers. Raises `Invalid` when the amount is worth nothing.
    """
    worth = rate.of(amount)
    if worth < 1:
        raise Invalid.at("amount", f"must be worth something: at {rate.name} this is less than the smallest unit")
    if worth not in INT64:
        raise AmountOutOfRange
    taken = _leg(purse(user_id, rate.source).id, clearing(rate.source).id, amount, rate.source, rate, id, actor, at)
    given = evolve(
        taken,
        id=TransferId(f"paid|{id.namespace}", id.key),
        debit=clearing(rate.target).id,
        credit=purse(user_id, rate.target).id,
        amount=worth,
        currency=rate.target,
    )
    return taken, given


def _leg(
    debit: UUID, credit: UUID, amount: int, currency: Currency, rate: Rate, id: TransferId, actor: str, at: Instant
) -> Transfer:
    return Transfer(
        id=id,
        debit=debit,
        credit=credit,
        amount=amount,
        currency=currency,
        kind=CONVERSION,
        reference=rate.stamp,
        actor=actor,
        at=at,
    )
