"""Money: exact amounts, minor units, and points changed into money at a named rate."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.support.people import member

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.economy import BalanceOf, Convert, FreezeWallet, ProveLedger, ReverseTransfer, Statement
from sparkle_core.application.rules import Rules
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.economy.errors import (
    AccountFrozen,
    AmountOutOfRange,
    InsufficientFunds,
    NotReversible,
    UnknownAccount,
    UnknownRate,
)
from sparkle_core.domain.economy.ledger import Currency, TransferId
from sparkle_core.domain.economy.money import (
    INT64,
    MINOR_DECIMALS,
    POINTS,
    Rate,
    amount_of,
    amount_text,
    conversion,
    decimals_of,
    gaining,
    minor_units,
)
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId, uuid_of
from sparkle_core.domain.kernel.rules import from_table

MONEY = sorted(set(Currency) - POINTS, key=lambda c: c.value)
CASH = Rate(name="cash-2026", source=Currency.SPARKLE, target=Currency.USD, numerator=85, denominator=1)
BACK = Rate(name="back", source=Currency.USD, target=Currency.SPARKLE, numerator=1, denominator=100)
GIFT = Rate(name="gift", source=Currency.SPARKLE, target=Currency.USD, numerator=1, denominator=30)


@pytest.fixture
def sparkle() -> Any:
    with in_memory(seed=7, rules=Rules(economy=EconomyRules(rates=(CASH, BACK, GIFT)))) as sparkle:
        yield sparkle


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0, Currency.SPARKLE, "0"),
        (5, Currency.SPARKLE, "5"),
        (-5, Currency.SPARKLE, "-5"),
        (0, Currency.USD, "0.0000"),
        (1, Currency.USD, "0.0001"),
        (-1, Currency.USD, "-0.0001"),
        (125_000, Currency.USD, "12.5000"),
    ],
)
def test_an_amount_is_written_with_all_its_decimals_and_no_sign_or_nought_too_many(
    amount: int, currency: Currency, text: str
) -> None:
    assert amount_text(amount, currency) == text


@given(st.sampled_from(Currency), st.integers(INT64.start, INT64.stop - 1))
def test_every_amount_is_read_back_as_it_was_written(currency: Currency, amount: int) -> None:
    text = amount_text(amount, currency)
    assert amount_of(text, currency) == amount
    assert Fraction(text) == Fraction(amount, 10 ** decimals_of(currency))


@pytest.mark.parametrize("text", ["", "1.", ".5", "1e3", "0x1", "+1", " 1", "1,000", "--1", "NaN", "١", "1" * 31])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="digits"):
        amount_of(text, Currency.USD)


def test_more_decimals_than_there_are_are_refused_and_not_rounded() -> None:
    assert amount_of("0.000100000", Currency.USD) == 1
    for text, currency in (("0.00001", Currency.USD), ("1.5", Currency.SPARKLE)):
        with pytest.raises(Invalid, match="decimals"):
            amount_of(text, currency)


def test_amounts_beyond_64_bits_are_out_of_range() -> None:
    assert amount_of("922337203685477.5807", Currency.EUR) == INT64.stop - 1
    with pytest.raises(AmountOutOfRange):
        amount_of("922337203685477.5808", Currency.EUR)


@given(st.sampled_from(MONEY), st.lists(st.integers(0, 10**9), max_size=20))
def test_the_lines_of_a_payment_add_up_in_the_providers_unit_too(currency: Currency, parts: list[int]) -> None:
    unit = 10 ** (4 - MINOR_DECIMALS[currency])
    units = minor_units(parts, currency)
    assert sum(units) == sum(parts) // unit
    assert all(part // unit <= given <= -(-part // unit) for part, given in zip(parts, units, strict=True))


def test_the_largest_remainders_are_rounded_up_and_of_equal_ones_the_first() -> None:
    assert minor_units([150, 199, 151], Currency.USD) == (1, 2, 2)
    assert minor_units([150, 150], Currency.USD) == (2, 1)
    assert minor_units([25_000, 4_999], Currency.JPY) == (2, 0)


def test_points_have_no_minor_unit_and_no_part_is_below_zero() -> None:
    with pytest.raises(Invalid, match="must be money"):
        minor_units([1], Currency.SPARKLE)
    with pytest.raises(Invalid, match="below zero"):
        minor_units([1, -1], Currency.USD)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**12))
def test_going_there_and_back_at_the_same_rate_never_gains(numerator: int, denominator: int, amount: int) -> None:
    there = evolve(CASH, numerator=numerator, denominator=denominator)
    back = evolve(BACK, numerator=denominator, denominator=numerator)
    assert back.of(there.of(amount)) <= amount


def test_points_become_money_by_two_transfers_that_bear_the_rate(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    converted = sparkle.run(Convert(rate="cash-2026", amount=40), actor=ada.actor, key="out")
    assert (converted.paid, converted.received, converted.stamp) == (40, 3_400, "rate:cash-2026:85/1")
    assert sparkle.run(Convert(rate="cash-2026", amount=40), actor=ada.actor, key="out") == converted
    assert sparkle.run(BalanceOf(user_id=ada.id, currency=Currency.USD), actor=ada.actor).available == 3_400
    for currency, amount in ((Currency.SPARKLE, -40), (Currency.USD, 3_400)):
        line = sparkle.run(Statement(user_id=ada.id, currency=currency), actor=ada.actor).items[0]
        assert (line.kind, line.amount, line.reference) == ("conversion", amount, converted.stamp)
    sparkle.run(Convert(rate="back", amount=3_400), actor=ada.actor)
    assert sparkle.run(BalanceOf(user_id=ada.id, currency=Currency.USD), actor=ada.actor).available == 0
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_what_nobody_has_touched_yet_is_nothing(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    balance = sparkle.run(BalanceOf(user_id=ada.id, currency=Currency.EUR), actor=ada.actor)
    assert (balance.currency, balance.available, balance.earned) == (Currency.EUR, 0, 0)
    assert sparkle.run(Statement(user_id=ada.id, currency=Currency.EUR), actor=ada.actor).items == ()


def test_nothing_is_converted_but_at_a_rate_of_the_rules_out_of_ones_own(sparkle: Sparkle) -> None:
    """Stops money out of nothing: a made-up rate, more than one has, a frozen wallet, dust that is worth nothing."""
    ada = member(sparkle, "ada")
    with pytest.raises(UnknownRate):
        sparkle.run(Convert(rate="mine", amount=1), actor=ada.actor)
    with pytest.raises(InsufficientFunds):
        sparkle.run(Convert(rate="cash-2026", amount=101), actor=ada.actor)
    with pytest.raises(Invalid, match="worth something"):
        sparkle.run(Convert(rate="gift", amount=29), actor=ada.actor)
    sparkle.run(FreezeWallet(user_id=ada.id, reason="Looked into."), actor=SYSTEM)
    with pytest.raises(AccountFrozen):
        sparkle.run(Convert(rate="cash-2026", amount=1), actor=ada.actor)
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor).available == 100


def test_money_of_somebody_frozen_is_not_changed_either(sparkle: Sparkle) -> None:
    """Stops frozen points from leaving as the money they were changed into before."""
    ada = member(sparkle, "ada")
    sparkle.run(Convert(rate="cash-2026", amount=40), actor=ada.actor)
    sparkle.run(FreezeWallet(user_id=ada.id, reason="Looked into."), actor=SYSTEM)
    with pytest.raises(AccountFrozen):
        sparkle.run(Convert(rate="back", amount=100), actor=ada.actor)
    usd = sparkle.run(BalanceOf(user_id=ada.id, currency=Currency.USD), actor=ada.actor)
    assert usd.frozen


def test_a_conversion_is_not_given_back_by_halves(sparkle: Sparkle) -> None:
    """Stops having both: the points given back and the money kept."""
    ada = member(sparkle, "ada")
    sparkle.run(Convert(rate="cash-2026", amount=40), actor=ada.actor, key="out")
    (half,) = sparkle.run(Statement(user_id=ada.id, kind="conversion"), actor=ada.actor).items
    for namespace in (half.namespace, f"paid|{half.namespace}"):
        with pytest.raises(NotReversible, match="convert back"):
            sparkle.run(ReverseTransfer(namespace=namespace, key=half.key, reason="asked to"), actor=SYSTEM)


def test_a_conversion_beyond_64_bits_is_out_of_range() -> None:
    ada = member(in_memory(seed=7), "ada")
    huge = evolve(CASH, numerator=1_000_000_000)
    with pytest.raises(AmountOutOfRange):
        conversion(huge, 2**40, ada.id, id=TransferId("n", "k"), actor="n", at=ada.actor.proved_at)  # type: ignore[arg-type]


def test_what_is_worth_a_single_unit_is_converted_and_what_is_worth_less_is_not() -> None:
    ada = member(in_memory(seed=7), "ada")
    how: dict[str, Any] = {"id": TransferId("n", "k"), "actor": "n", "at": ada.actor.proved_at}
    _, paid = conversion(GIFT, 30, ada.id, **how)
    assert (paid.amount, paid.currency) == (1, Currency.USD)
    with pytest.raises(Invalid, match="less than the smallest unit"):
        conversion(GIFT, 29, ada.id, **how)


def test_rates_are_data_and_have_a_name_each() -> None:
    row = {"name": "cash", "source": "SPARKLE", "target": "USD", "numerator": 85, "denominator": 1}
    rules = from_table(EconomyRules, {"rates": [row]})
    assert rules.rates == (evolve(CASH, name="cash"),)
    with pytest.raises(Invalid, match="a name each"):
        from_table(EconomyRules, {"rates": [row, row]})
    with pytest.raises(Invalid, match="another currency"):
        from_table(EconomyRules, {"rates": [{**row, "target": "SPARKLE"}]})


def rate(name: str, source: Currency, target: Currency, numerator: int, denominator: int = 1) -> Rate:
    return Rate(name=name, source=source, target=target, numerator=numerator, denominator=denominator)


OUT = rate("out", Currency.SPARKLE, Currency.USD, 85)
LOSING, GAINING = (rate(f"for {n}", Currency.USD, Currency.SPARKLE, 1, n) for n in (86, 84))
OVER = rate("over", Currency.USD, Currency.EUR, 9, 10)
HOME = rate("home", Currency.EUR, Currency.SPARKLE, 1, 76)


@pytest.mark.parametrize(
    ("rates", "named"),
    [
        ((OUT, GAINING), "out, then for 84"),
        ((OUT, GAINING, LOSING), "out, then for 84"),
        ((OUT, LOSING, OVER, HOME), "out, then over, then home"),
    ],
)
def test_rates_by_which_points_are_made_of_nothing_are_refused(rates: tuple[Rate, ...], named: str) -> None:
    """Stops everybody from converting round and round for as long as they like."""
    with pytest.raises(Invalid, match=f"must not gain: {named} makes more"):
        EconomyRules(rates=rates)


def test_what_comes_back_as_it_was_is_no_gain() -> None:
    even = rate("even", Currency.USD, Currency.SPARKLE, 1, 85)
    assert gaining((OUT, even, LOSING, OVER)) == ()
    assert len(EconomyRules(rates=(OUT, even, LOSING, OVER)).rates) == 4


def test_a_conversion_is_made_once_also_when_its_receipt_is_long_gone(sparkle: Sparkle) -> None:
    """Stops a replay a month later: receipts expire, the ledger's ids do not."""
    ada = member(sparkle, "ada")
    converted = sparkle.run(Convert(rate="cash-2026", amount=40), actor=ada.actor, key="out")
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(days=60))
    sparkle.run(TidyUp(), actor=SYSTEM)
    assert sparkle.run(Convert(rate="cash-2026", amount=40), actor=ada.actor, key="out") == converted
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor).available == 60


def test_somebody_who_is_not_there_has_no_wallet(sparkle: Sparkle) -> None:
    with pytest.raises(UnknownAccount):
        sparkle.run(BalanceOf(user_id=UserId(uuid_of(1))), actor=SYSTEM)
