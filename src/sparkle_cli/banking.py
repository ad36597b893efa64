"""Wallets and the transfers between them: looked at, frozen, and given back."""

from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_cli.options import DatabaseUrl, IdempotencyKey, Json, Whole, opened, operator
from sparkle_cli.output import tell, tell_json
from sparkle_cli.whom import Whom, person_named
from sparkle_core.application.economy import BalanceOf, FreezeWallet, ReverseTransfer, UnfreezeWallet
from sparkle_core.domain.economy.ledger import Currency
from sparkle_core.domain.economy.money import amount_text

Reason = Annotated[str, Parameter(help="Why: for the audit log.")]


def show(
    username: Whom,
    *,
    currency: Annotated[Currency, Parameter(help="Points are in a wallet, money is in earnings.")] = Currency.SPARKLE,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Say what somebody has: free to spend, set aside by holds, owed; and what they ever earned and spent."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        balance = sparkle.run(BalanceOf(user_id=person.id, currency=currency), actor=operator())
    if json:
        told = asdict(balance)
        tell_json({"id": told.pop("user_id"), "username": person.username} | told)
        return
    free, held, earned, spent = (
        amount_text(amount, currency) for amount in (balance.available, balance.held, balance.earned, balance.spent)
    )
    owed = f" They owe {amount_text(balance.owed, currency)}, paid out of what comes in." if balance.owed else ""
    frozen = " It is frozen: nothing goes out." if balance.frozen else ""
    tell(
        f"{person.username} has {free} {currency.value}, {held} more on hold; "
        f"earned {earned}, spent {spent}.{owed}{frozen}"
    )


def freeze(username: Whom, *, reason: Reason, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Freeze all that somebody has, things too: nothing goes out, credits still come in."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        sparkle.run(FreezeWallet(user_id=person.id, reason=reason), actor=operator())
    if json:
        tell_json({"id": person.id, "username": person.username, "frozen": True})
    else:
        tell(f"{person.username}'s wallet is frozen.")


def unfreeze(username: Whom, *, reason: Reason, database_url: DatabaseUrl = None, json: Json = False) -> None:
    """Let somebody's wallet pay again."""
    with opened(database_url) as sparkle:
        person = person_named(sparkle, username)
        sparkle.run(UnfreezeWallet(user_id=person.id, reason=reason), actor=operator())
    if json:
        tell_json({"id": person.id, "username": person.username, "frozen": False})
    else:
        tell(f"{person.username}'s wallet pays again.")


def reverse(
    namespace: Annotated[str, Parameter(help="Of the transfer, as `ledger statement --json` says it.")],
    key: Annotated[str, Parameter(help="Its key there.")],
    /,
    *,
    reason: Reason,
    amount: Annotated[Whole | None, Parameter(help="In smallest units; all that it moved without it.")] = None,
    idempotency_key: IdempotencyKey = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Give a transfer back, in full unless an amount is given; together never more than it moved.

    What the wallet cannot cover is taken from what comes into it later.
    """
    command = ReverseTransfer(namespace=namespace, key=key, amount=amount, reason=reason)
    with opened(database_url) as sparkle:
        receipt = sparkle.run(command, actor=operator(), key=idempotency_key)
    if json:
        tell_json(asdict(receipt))
    else:
        tell(f"{receipt.amount:,} of {namespace} {key} went back, by {receipt.namespace} {receipt.key}.")
