"""What somebody has of the store, what of it is at work, and what they bought."""

from attrs import asdict

from sparkle_cli.options import DatabaseUrl, Json, opened, operator
from sparkle_cli.output import minute, tell_json, tell_table
from sparkle_cli.paging import Limit, first
from sparkle_cli.whom import Whom, person_named, seen_by
from sparkle_core.application.economy import Inventory, MyBoosts, MyPurchases
from sparkle_core.domain.economy.money import amount_text


def inventory(username: Whom, *, limit: Limit = 100, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """List what somebody has, newest first."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        things = list(first(sparkle, Inventory(user_id=person.id), limit, operator()))
    if json:
        tell_json([asdict(thing) for thing in things])
        return
    tell_table(
        ("thing", "item", "quantity", "worn as", "how", "since", "until", ""),
        [
            (
                thing.id,
                thing.item_id,
                thing.quantity,
                thing.slot.value if thing.slot else None,
                thing.acquired.value,
                minute(thing.acquired_at),
                minute(thing.expires_at),
                "set aside" if thing.set_aside else "",
            )
            for thing in things
        ],
        numbers=("quantity",),
    )


def boosts(username: Whom, *, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """List somebody's boosts that are at work now, as they see it themselves."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        found = sparkle.run(MyBoosts(), actor=seen_by(person))
    if json:
        tell_json([asdict(boost) for boost in found])
    else:
        tell_table(("item", "since", "until"), [(b.item_id, minute(b.since), minute(b.until)) for b in found])


def purchases(username: Whom, *, limit: Limit = 20, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """List what somebody bought, newest first, as they see it themselves."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        bought = list(first(sparkle, MyPurchases(), limit, seen_by(person)))
    if json:
        tell_json([asdict(purchase) for purchase in bought])
        return
    tell_table(
        ("purchase", "at", "item", "quantity", "amount", "", "given back"),
        [
            (
                p.id,
                minute(p.at),
                p.item_id,
                p.quantity,
                amount_text(p.amount, p.currency),
                p.currency.value,
                minute(p.refunded_at),
            )
            for p in bought
        ],
        numbers=("quantity", "amount"),
    )
