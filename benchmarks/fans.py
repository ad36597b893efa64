"""People who tip one another, with points to do it."""

from datetime import UTC, datetime

from attrs import frozen

from benchmarks.postgres import PASSWORD
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import Register, VerifyEmail
from sparkle_core.domain.accounts import Actor
from sparkle_core.domain.economy.ledger import ISSUANCE, Currency, Transfer, TransferId, wallet_of
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.ports.store import Transaction


@frozen
class Fan:
    """Somebody who tips, and is tipped."""

    id: UserId
    actor: Actor


def one_more(sparkle: Sparkle, number: int) -> Fan:
    email = f"fan{number}@example.org"
    joined = sparkle.run(Register(email=email, username=f"fan{number}", password=PASSWORD, agree_to_terms=True))
    sparkle.run_coroutine(sparkle.drain())
    sparkle.run(VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code))
    return Fan(joined.id, joined.actor)


def rich(sparkle: Sparkle, fans: list[Fan]) -> None:
    """Ten million points for each."""

    async def body(tx: Transaction) -> None:
        for fan in fans:
            await tx.ledger.post(_gift(fan))

    sparkle.run_coroutine(sparkle.store.transact(body))


def _gift(fan: Fan) -> Transfer:
    return Transfer(
        id=TransferId("bench", str(fan.id)), debit=ISSUANCE.id, credit=wallet_of(fan.id), amount=10**7,
        currency=Currency.SPARKLE, kind="gift", reference="bench", actor="system", at=datetime.now(UTC),
    )  # fmt: skip
