"""What operators see of wallets, the store and trades on the command line, and what they correct by hand."""

from pathlib import Path
from uuid import UUID

import pytest

from sparkle_bootstrap import Sparkle
from sparkle_cli.selling import changed
from sparkle_core.application.accounts import ChangeStatus, MakePerson, PersonNamed
from sparkle_core.application.economy import (
    BuyItem,
    ConsumeThing,
    ItemById,
    ListThing,
    MakeOffer,
    RefundPurchase,
    SendTip,
    StartAuction,
)
from sparkle_core.domain.economy.trading import Side, Stake
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Status
from sparkle_core.domain.kernel.errors import VersionMismatch
from tests.support.commands import CommandLine
from tests.support.people import PASSWORD

STAR = """
name = "First star"
kind = "BADGE"
price = 30
refund_hours = 24
"""
NOBODYS = "01932c07-a83c-7f4b-9d3e-5a1b2c3d4e5f"


def actor(community: Sparkle, username: str) -> Actor:
    return Actor(user_id=community.run(PersonNamed(username=username), actor=SYSTEM).id)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Ada and Bob have 100 points each; Ada has tipped Bob 30 of hers."""
    line = CommandLine(tmp_path_factory.mktemp("banking"))
    with line.opened() as community:
        for name in ("ada", "bob"):
            community.run(MakePerson(email=f"{name}@example.org", username=name, password=PASSWORD), actor=SYSTEM)
        tip = SendTip(to=community.run(PersonNamed(username="bob"), actor=SYSTEM).id, amount=30)
        community.run(tip, actor=actor(community, "ada"), key="coffee-1")
    return line


@pytest.fixture
def sparkle(untouched: CommandLine, tmp_path: Path) -> CommandLine:
    line = untouched.copied(tmp_path)
    (line.folder / "star.toml").write_text(STAR)
    return line


def having(line: CommandLine, username: str) -> tuple[int, int]:
    """What somebody has, free and on hold."""
    shown = line("wallet", "show", username, "--json").json
    return shown["available"], shown["held"]


def in_the_store(line: CommandLine, terms: str = STAR, *options: str) -> UUID:
    """An item that an operator put into the store."""
    (line.folder / "terms.toml").write_text(terms)
    return UUID(line("store", "add", "terms.toml", *options, "--json").json["id"])


# wallets and transfers


def test_a_wallet_says_what_is_there_came_and_went(sparkle: CommandLine) -> None:
    assert sparkle("wallet", "show", "ada").out == "ada has 70 SPARKLE, 0 more on hold; earned 100, spent 30.\n"
    shown = sparkle("wallet", "show", "ADA", "--json").json
    assert (shown["username"], shown["currency"], shown["frozen"]) == ("ada", "SPARKLE", False)
    assert [shown[name] for name in ("available", "held", "earned", "spent")] == [70, 0, 100, 30]
    money = sparkle("wallet", "show", "ada", "--currency", "usd").out
    assert money == "ada has 0.0000 USD, 0.0000 more on hold; earned 0.0000, spent 0.0000.\n"


def test_nothing_goes_out_of_a_frozen_wallet_until_it_is_unfrozen(sparkle: CommandLine) -> None:
    frozen = sparkle("wallet", "freeze", "bob", "--reason", "Looks stolen.")
    assert (frozen.code, frozen.out) == (0, "bob's wallet is frozen.\n")
    assert sparkle("wallet", "show", "bob").out.endswith("It is frozen: nothing goes out.\n")
    assert sparkle("wallet", "unfreeze", "bob", "--reason", "Theirs.", "--json").json["frozen"] is False
    assert sparkle("wallet", "show", "bob", "--json").json["frozen"] is False
    commands = [entry["command"] for entry in sparkle("audit", "--subject", "bob", "--limit", "2", "--json").json]
    assert commands == ["UnfreezeWallet", "FreezeWallet"]


def test_who_owes_is_shown_with_how_much(sparkle: CommandLine) -> None:
    """A welcome bonus that was spent is taken back: the next that comes in pays for it."""
    bonus = next(
        line for line in sparkle("ledger", "statement", "ada", "--json").json if line["kind"] == "welcome_bonus"
    )
    reverse = ("ledger", "reverse", bonus["namespace"], bonus["key"], "--reason", "A sock puppet.")
    assert sparkle(*reverse).code == 0
    assert sparkle("wallet", "show", "ada", "--json").json["owed"] == 30
    assert "They owe 30, paid out of what comes in." in sparkle("wallet", "show", "ada").out


def test_a_transfer_that_the_statement_names_is_given_back_once_under_a_name(sparkle: CommandLine) -> None:
    tip = sparkle("ledger", "statement", "ada", "--json").json[0]
    reverse = ("ledger", "reverse", tip["namespace"], tip["key"], "--reason", "By mistake.")
    once = sparkle(*reverse, "--amount", "10", "--idempotency-key", "case-7", "--json")
    assert (once.code, once.json["amount"], once.json["kind"]) == (0, 10, "reversal")
    assert sparkle(*reverse, "--amount", "10", "--idempotency-key", "case-7", "--json").json == once.json
    assert (having(sparkle, "ada"), having(sparkle, "bob")) == ((80, 0), (120, 0))
    said = sparkle(*reverse, "--amount", "20").out
    assert said.startswith(f"20 of {tip['namespace']} {tip['key']} went back, by system ")
    assert having(sparkle, "ada") == (100, 0)
    assert sparkle(*reverse).code == 6, "no more goes back than it moved"
    entry = sparkle("audit", "--command", "ReverseTransfer", "--limit", "1", "--json").json[0]
    assert entry["actor"].startswith("operator:")


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("wallet", "show", "nobody"), 5, "no person here"),
        (("wallet", "show", "ada", "--currency", "doge"), 2, 'Choose from: "sparkle"'),
        (("wallet", "freeze", "ada"), 2, "--reason requires an argument"),
        (("ledger", "reverse", "no", "such", "--reason", "Why."), 5, "no transfer here"),
        (("ledger", "reverse", "a", "b", "--reason", "Why.", "--amount", "-3"), 2, "amount: must be from 1 to"),
        (("ledger", "reverse", "a", "b", "--reason", "Why.", "--amount", "1.5"), 2, 'unable to convert "1.5" into int'),
        (("store", "show", NOBODYS), 5, "no item here"),
        (("store", "show", "star"), 2, 'Invalid value for ITEM: unable to convert "star" into UUID'),
        (("store", "add", "none.toml"), 2, "none.toml: is not there"),
        (("store", "add", "star.toml", "--stock", "-1"), 2, "stock: must be from 0 to"),
        (("store", "list", "--kind", "hat"), 2, 'Choose from: "badge"'),
        (("store", "change", NOBODYS), 2, "nothing to change"),
        (("store", "change", NOBODYS, "--stock", "3", "--unlimited"), 2, "choose one"),
        (("store", "retire", NOBODYS), 5, "no item here"),
        (("trading", "auction", NOBODYS), 5, "no auction here"),
        (("trading", "offers", "ada", "--status", "done"), 2, 'Choose from: "open"'),
    ],
)
def test_bad_input_is_named(sparkle: CommandLine, arguments: tuple[str, ...], code: int, named: str) -> None:
    said = sparkle(*arguments)
    assert (said.code, said.out) == (code, "")
    assert named in said.err


# the store


def test_an_item_is_put_into_the_store_once_under_a_name(sparkle: CommandLine) -> None:
    add = ("store", "add", "star.toml", "--stock", "3", "--idempotency-key", "star-1")
    made = sparkle(*add, "--json").json
    assert (made["terms"]["name"], made["stock"], made["on_sale"]) == ("First star", 3, True)
    assert sparkle(*add, "--json").json == made
    assert [item["id"] for item in sparkle("store", "list", "--json").json] == [made["id"]]
    listed = sparkle("store", "list", "--kind", "badge").out.splitlines()
    assert listed[0].split() == ["item", "kind", "name", "price", "premium", "left"]
    assert listed[1].split() == [made["id"], "BADGE", "First", "star", "30", "-", "3", "on", "sale"]
    assert sparkle("store", "list", "--kind", "theme", "--json").json == []


def test_every_fault_of_an_items_file_is_named_with_its_line(sparkle: CommandLine) -> None:
    (sparkle.folder / "hat.toml").write_text('name = "Hat"\nkind = "HAT"\ncost = 3\nprice = -1\n')
    said = sparkle("store", "add", "hat.toml")
    assert (said.code, said.out) == (2, "")
    faults = sorted(said.err.splitlines())
    assert [fault.split(": ")[1:3] for fault in faults] == [
        ["hat.toml:2", "kind"],
        ["hat.toml:3", "cost"],
        ["hat.toml:4", "price"],
    ]


def test_terms_and_stock_are_changed_each_without_the_other(sparkle: CommandLine) -> None:
    item = str(in_the_store(sparkle, STAR, "--stock", "3"))
    (sparkle.folder / "dear.toml").write_text(STAR.replace("30", "45"))
    dear = sparkle("store", "change", item, "dear.toml", "--json").json
    assert (dear["terms"]["price"], dear["stock"]) == (45, 3)
    more = sparkle("store", "change", item, "--stock", "9", "--json").json
    assert (more["terms"], more["stock"]) == (dear["terms"], 9)
    assert sparkle("store", "change", item, "--unlimited", "--json").json["stock"] is None
    (sparkle.folder / "theme.toml").write_text(STAR.replace("BADGE", "THEME"))
    assert "stays BADGE" in sparkle("store", "change", item, "theme.toml").err


def test_an_item_that_was_taken_out_is_as_it_was_when_it_is_put_back(sparkle: CommandLine) -> None:
    item = str(in_the_store(sparkle, STAR, "--stock", "3"))
    before = sparkle("store", "show", item, "--json").json
    assert sparkle("store", "retire", item).out.splitlines()[1].endswith("retired")
    assert sparkle("store", "list", "--json").json == []
    assert sparkle("store", "change", item, "--stock", "3", "--json").json["withdrawn"], "a change puts nothing back"
    after = sparkle("store", "restore", item, "--json").json
    assert after | {"version": before["version"]} == before
    told = sparkle("store", "show", item).out
    assert [line.split() for line in told.splitlines() if line.startswith(("price", "refund"))] == [
        ["price", "30"],
        ["refund_hours", "24"],
    ]


def test_a_sale_meanwhile_is_not_written_over(sparkle: CommandLine) -> None:
    """Stops an operator who retires an item from bringing back the one that was sold a moment before."""
    item = in_the_store(sparkle, STAR, "--stock", "3")
    with sparkle.opened() as community:
        seen = community.run(ItemById(item_id=item), actor=SYSTEM)
        community.run(BuyItem(item_id=item), actor=actor(community, "ada"))
        with pytest.raises(VersionMismatch):
            changed(community, seen, terms=seen.terms, stock=seen.stock, withdrawn=True)
        assert community.run(ItemById(item_id=item), actor=SYSTEM).stock == 2


def test_what_somebody_bought_has_and_uses(sparkle: CommandLine) -> None:
    boost = STAR.replace("BADGE", "BOOST").replace("30", "20") + "boost_minutes = 60\n"
    star, spark = in_the_store(sparkle), in_the_store(sparkle, boost)
    with sparkle.opened() as community:
        ada = actor(community, "ada")
        bought = community.run(BuyItem(item_id=star), actor=ada)
        community.run(RefundPurchase(purchase_id=bought.id), actor=ada)
        used = community.run(BuyItem(item_id=spark, quantity=2), actor=ada)
        community.run(ConsumeThing(thing_id=used.things[0]), actor=ada)
    purchases = sparkle("store", "purchases", "ada", "--json").json
    assert [(one["id"], one["amount"]) for one in purchases] == [(str(used.id), 40), (str(bought.id), 30)]
    latest = sparkle("store", "purchases", "ada", "--limit", "1").out.splitlines()[1:]
    assert [line.split()[-3:] for line in latest] == [["40", "SPARKLE", "-"]]
    (thing,) = sparkle("store", "inventory", "ada", "--json").json
    assert (thing["item_id"], thing["quantity"], thing["acquired"]) == (str(spark), 1, "BOUGHT")
    assert sparkle("store", "inventory", "ada").out.splitlines()[1].split()[:5] == [
        thing["id"],
        str(spark),
        "1",
        "-",
        "BOUGHT",
    ]
    assert [one["item_id"] for one in sparkle("store", "boosts", "ada", "--json").json] == [str(spark)]
    assert sparkle("store", "boosts", "ada").out.splitlines()[1].startswith(str(spark))


# trading


def test_trades_are_seen_from_either_side(sparkle: CommandLine) -> None:
    star = in_the_store(sparkle)
    with sparkle.opened() as community:
        ada, bob = actor(community, "ada"), actor(community, "bob")
        hers, his, other = (
            Stake(thing_id=community.run(BuyItem(item_id=star), actor=buyer).things[0], quantity=1)
            for buyer in (ada, bob, bob)
        )
        assert ada.user_id is not None
        offer = community.run(MakeOffer(to=ada.user_id, gives=Side(points=5), asks=Side(things=(hers,))), actor=bob)
        listing = community.run(ListThing(thing=his, price=40), actor=bob)
        auction = community.run(StartAuction(thing=other, start_price=10), actor=bob)
    assert [one["id"] for one in sparkle("trading", "offers", "ada", "--json").json] == [str(offer.id)]
    assert [one["id"] for one in sparkle("trading", "offers", "bob", "--sent", "--json").json] == [str(offer.id)]
    assert sparkle("trading", "offers", "bob", "--json").json == []
    assert sparkle("trading", "offers", "ada", "--status", "accepted", "--json").json == []
    assert sparkle("trading", "offers", "ada").out.splitlines()[1].split()[3:8] == ["OPEN", "0", "5", "1", "0"]
    assert [one["price"] for one in sparkle("trading", "listings", "--item", str(star), "--json").json] == [40]
    assert sparkle("trading", "listings", "--item", NOBODYS, "--json").json == []
    assert sparkle("trading", "listings").out.splitlines()[1].startswith(str(listing.id))
    assert [one["id"] for one in sparkle("trading", "auctions", "--json").json] == [str(auction.id)]
    shown = sparkle("trading", "auction", str(auction.id), "--json").json
    assert (shown["minimum"], shown["bids"], shown["leader_id"]) == (10, 0, None)
    for command in (("auctions",), ("auction", str(auction.id))):
        assert sparkle("trading", *command).out.splitlines()[1].split()[:2] == [str(auction.id), "OPEN"]


@pytest.mark.parametrize("command", [("store", "purchases"), ("store", "boosts"), ("trading", "offers")])
def test_what_only_they_see_is_not_seen_of_the_banned(sparkle: CommandLine, command: tuple[str, ...]) -> None:
    with sparkle.opened() as community:
        bob = actor(community, "bob").user_id
        assert bob is not None
        community.run(ChangeStatus(user_id=bob, status=Status.BANNED, reason="Spam."), actor=SYSTEM)
    said = sparkle(*command, "bob", "--json")
    assert (said.code, said.error["code"]) == (4, "sees_nothing")
    assert sparkle("wallet", "show", "bob").code == 0
    assert sparkle("store", "inventory", "bob").code == 0
