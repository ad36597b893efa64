"""Every number of the economy has its bounds, both of them included; and what nobody says is as the pages tell."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sparkle_core.domain.economy.auctions import GRACE, Auction
from sparkle_core.domain.economy.holds import Capture, Hold, HoldState
from sparkle_core.domain.economy.inventory import Acquired, Allowance, Boost, Purchase, Thing
from sparkle_core.domain.economy.items import Content, Discount, Item, ItemKind, ItemTerms
from sparkle_core.domain.economy.ledger import Account, Currency, NewAccount, Purpose, Transfer, TransferId
from sparkle_core.domain.economy.limits import Limit, Limits
from sparkle_core.domain.economy.money import MINOR_DECIMALS, Rate
from sparkle_core.domain.economy.rules import EconomyRules, TradingRules
from sparkle_core.domain.economy.sealing import SEAL_MAX
from sparkle_core.domain.economy.trading import Offer, OfferStatus, Side, Stake
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import INT64_MAX, UserId
from sparkle_core.domain.kernel.rarity import Rarity

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ID, ADA, BEN = UUID(int=1), UserId(UUID(int=2)), UserId(UUID(int=3))
LATER = NOON + timedelta(hours=1)


def terms(**more: Any) -> ItemTerms:
    return ItemTerms(**{"name": "Ink", "kind": ItemKind.EMOTE, **more})


def boost(**more: Any) -> ItemTerms:
    return ItemTerms(**{"name": "Ink", "kind": ItemKind.BOOST, **more})


def item(**more: Any) -> Item:
    return Item(**{"id": ID, "kind": ItemKind.EMOTE, "terms": terms(), **more})


def discount(**more: Any) -> Discount:
    return Discount(**{"percent": 10, "since": NOON, "until": LATER, **more})


def thing(**more: Any) -> Thing:
    said = {"quantity": 1, "got": 1, "acquired": Acquired.BOUGHT, "acquired_at": NOON, "source_id": ID}
    return Thing(**{"id": ID, "owner_id": ADA, "item_id": ID, **said, **more})


def purchase(**more: Any) -> Purchase:
    said = {"quantity": 1, "currency": Currency.SPARKLE, "amount": 1, "at": NOON, "refundable_until": None}
    return Purchase(**{"id": ID, "buyer_id": ADA, "recipient_id": ADA, "item_id": ID, "things": (), **said, **more})


def offer(**more: Any) -> Offer:
    said = {"gives": Side(points=1), "asks": Side(), "made_at": NOON, "expires_at": LATER}
    return Offer(**{"id": ID, "from_id": ADA, "to_id": BEN, **said, **more})


def hold(**more: Any) -> Hold:
    said = {"kind": "gift", "reference": "why", "actor": "user:1", "at": NOON, "expires_at": LATER}
    made = {"id": TransferId("n", "k"), "account": ID, "amount": 1, "currency": Currency.SPARKLE}
    return Hold(**{**made, **said, **more})


def transfer(**more: Any) -> Transfer:
    said = {"kind": "gift", "reference": "why", "actor": "user:1", "at": NOON, "currency": Currency.SPARKLE}
    return Transfer(**{"id": TransferId("n", "k"), "debit": ID, "credit": ADA, "amount": 1, **said, **more})


def capture(**more: Any) -> Capture:
    return Capture(**{"hold": TransferId("n", "k"), "credit": ID, "actor": "user:1", "at": NOON, **more})


def transfer_id(**more: Any) -> TransferId:
    return TransferId(**{"namespace": "n", "key": "k", **more})


def account(**more: Any) -> NewAccount:
    return NewAccount(**{"owner": "ada", "currency": Currency.SPARKLE, "purpose": Purpose.WALLET, **more})


def allowance(**more: Any) -> Allowance:
    return Allowance(**{"id": ID, "user_id": ADA, "item_id": ID, **more})


def stood(**more: Any) -> Account:
    said = {"owner": "ada", "currency": Currency.SPARKLE, "purpose": Purpose.WALLET, "overdraft": False}
    return Account(**{"id": ID, **said, **more})


def limit(**more: Any) -> Limit:
    return Limit(**{"largest": 0, "a_day": 1_000_000_000_000, **more})


def rate(**more: Any) -> Rate:
    said = {"source": Currency.SPARKLE, "target": Currency.USD, "numerator": 1, "denominator": 1}
    return Rate(**{"name": "cash", **said, **more})


def auction(**more: Any) -> Auction:
    said = {"quantity": 1, "start_price": 1, "increment": 1, "started_at": NOON, "ends_at": LATER}
    return Auction(**{"id": ID, "seller_id": ADA, "thing_id": ID, "item_id": ID, **said, **more})


NUMBERS: list[tuple[Callable[..., Any], str, int, int]] = [
    (terms, "price", 1, 1_000_000_000),
    (terms, "premium_price", 1, 1_000_000_000),
    (terms, "limit_each", 1, 1_000_000),
    (terms, "min_level", 1, 1_000),
    (terms, "lasts_days", 1, 3_650),
    (terms, "refund_hours", 0, 8_760),
    (boost, "boost_minutes", 1, 525_600),
    (item, "stock", 0, 1_000_000_000),
    (discount, "percent", 1, 99),
    (lambda **more: Content(item_id=ID, **more), "quantity", 1, 100),
    (thing, "quantity", 0, 1_000_000),
    (thing, "got", 1, 1_000_000),
    (allowance, "bought", 0, 2**62),
    (purchase, "quantity", 1, 100),
    (purchase, "amount", 1, INT64_MAX),
    (lambda **more: Stake(thing_id=ID, **more), "quantity", 1, 1_000_000),
    (Side, "points", 0, 1_000_000_000),
    (hold, "amount", 1, INT64_MAX),
    (hold, "captured", 0, INT64_MAX),
    (capture, "amount", 1, INT64_MAX),
    (transfer, "amount", 1, INT64_MAX),
    (TradingRules, "fee_percent", 0, 50),
    (TradingRules, "offer_hours", 1, 720),
    (TradingRules, "most_open", 1, 200),
    (TradingRules, "extension_s", 1, 3_600),
    (limit, "largest", 0, 10**12),
    (limit, "a_day", 0, 10**12),
    (limit, "min_age_days", 0, 3_650),
    (rate, "numerator", 1, 10**9),
    (rate, "denominator", 1, 10**9),
    (auction, "amount", 0, INT64_MAX),
    (stood, "day", 0, 3_652_059),
    (EconomyRules, "welcome_bonus", 1, 1_000_000_000),
    (EconomyRules, "referral_bonus", 1, 1_000_000_000),
]


@pytest.mark.parametrize(("make", "field", "lowest", "highest"), NUMBERS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_number_goes_from_its_lowest_to_its_highest(
    make: Callable[..., Any], field: str, lowest: int, highest: int
) -> None:
    for allowed in (lowest, highest):
        assert getattr(make(**{field: allowed}), field) == allowed
    for refused in (lowest - 1, highest + 1):
        with pytest.raises(Invalid, match=field):
            make(**{field: refused})


WORDS: list[tuple[Callable[..., Any], str, int, int]] = [
    (terms, "name", 1, 80),
    (terms, "description", 0, 1_000),
    (hold, "actor", 1, 64),
    (capture, "actor", 1, 64),
    (transfer, "actor", 1, 64),
    (transfer, "kind", 1, 50),
    (transfer, "reference", 1, 128),
    (transfer_id, "namespace", 1, 64),
    (transfer_id, "key", 1, 128),
    (account, "owner", 1, 64),
    (thing, "held_for", 1, 64),
    (rate, "name", 1, 40),
]


@pytest.mark.parametrize(("make", "field", "shortest", "longest"), WORDS, ids=lambda v: v if isinstance(v, str) else "")
def test_a_word_is_so_long_at_least_and_at_most(
    make: Callable[..., Any], field: str, shortest: int, longest: int
) -> None:
    for allowed in {max(shortest, 1), longest}:
        assert getattr(make(**{field: "x" * allowed}), field) == "x" * allowed
    refused = ["x" * (longest + 1)] + ([""] if shortest else [])
    for text in refused:
        with pytest.raises(Invalid, match=field):
            make(**{field: text})
    if not shortest:
        assert getattr(make(**{field: ""}), field) == ""


def test_a_bundle_and_a_side_hold_twenty_things() -> None:
    contents = tuple(Content(item_id=UUID(int=n)) for n in range(21))
    stakes = tuple(Stake(thing_id=UUID(int=n)) for n in range(21))
    assert len(terms(kind=ItemKind.BUNDLE, contents=contents[:20]).contents) == 20
    assert len(Side(things=stakes[:20]).things) == 20
    with pytest.raises(Invalid, match="contents"):
        terms(kind=ItemKind.BUNDLE, contents=contents)
    with pytest.raises(Invalid, match="things"):
        Side(things=stakes)


def test_a_hundred_rates_can_be_named() -> None:
    rates = tuple(rate(name=f"rate {n}") for n in range(101))
    assert len(EconomyRules(rates=rates[:100]).rates) == 100
    with pytest.raises(Invalid, match="rates"):
        EconomyRules(rates=rates)


def test_limits_grow_with_trust_as_the_page_tells() -> None:
    tips = ((10_000, 50_000), (20_000, 100_000), (50_000, 250_000), (200_000, 1_000_000), (1_000_000, 5_000_000))
    said = Limits()
    assert [(one.largest, one.a_day) for one in said.tips] == list(tips)
    assert said.gifts == said.tips
    assert [(one.largest, one.a_day) for one in said.trades] == [(5 * largest, 5 * day) for largest, day in tips]
    assert {one.min_age_days for one in (*said.tips, *said.trades, *said.gifts)} == {0}


def test_a_description_may_have_lines() -> None:
    assert terms(description="One line.\nAnother.").description == "One line.\nAnother."


def test_providers_take_cents_and_whole_yen() -> None:
    """ISO 4217."""
    money = (Currency.USD, Currency.EUR, Currency.GBP, Currency.JPY)
    assert [MINOR_DECIMALS[one] for one in money] == [2, 2, 2, 0]


def test_a_late_command_is_waited_for_five_seconds_and_a_seal_covers_a_thousand() -> None:
    """More than the two seconds for which a command is tried; a seal's transaction stays short."""
    assert timedelta(seconds=5) == GRACE
    assert SEAL_MAX == 1_000


def test_what_is_not_said_is_as_the_pages_tell() -> None:
    said = terms()
    assert (said.rarity, said.min_level, said.refund_hours) == (Rarity.COMMON, 1, 0)
    assert (said.tradable, said.giftable, said.contents, said.description) == (True, True, (), "")
    assert not item().withdrawn
    assert (Content(item_id=ID).quantity, Stake(thing_id=ID).quantity, Side().points, Side().things) == (1, 1, 0, ())
    assert (offer().status, offer().closed_at, offer().counters) == (OfferStatus.OPEN, None, None)
    assert (hold().state, hold().captured, hold().closed_at) == (HoldState.OPEN, 0, None)
    assert allowance().bought == 0
    assert not account().overdraft
    new = Account(id=ID, owner="ada", currency=Currency.SPARKLE, purpose=Purpose.WALLET, overdraft=False)
    assert (new.frozen, new.balance, new.sequence, new.earned, new.spent, new.held) == (False, 0, 0, 0, 0, 0)
    assert EconomyRules() == EconomyRules(
        welcome_bonus=100,
        referral_bonus=500,
        trading=TradingRules(fee_percent=5, offer_hours=72, most_open=50),
    )
    assert Boost(id=ID, owner_id=ADA, item_id=ID, since=NOON, until=LATER).version == 0
