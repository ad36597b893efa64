"""Round trips to PostgreSQL: a registration, a tip, a profile read."""

from typing import Any

from benchmarks.fans import one_more
from benchmarks.figures import Figure
from benchmarks.postgres import community
from sparkle_adapters.sql.store import PostgresStore
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import PublicProfile, Register
from sparkle_core.application.economy import SendTip
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.domain.accounts import ANONYMOUS, Actor


def figures() -> list[Figure]:
    with community(people=0) as (sparkle, _):
        ada, bob = (one_more(sparkle, n) for n in range(2))
        tip = SendTip(to=bob.id, amount=1)
        return [
            Figure(name="a registration", value=_trips(sparkle, _registration("eve")), unit="trips", at_most=16),
            Figure(name="a tip, with its key", value=_trips(sparkle, tip, ada.actor, "k"), unit="trips", at_most=10),
            Figure(
                name="a profile read", value=_trips(sparkle, PublicProfile(username="fan0")), unit="trips", at_most=1
            ),
        ]


def _registration(username: str) -> Register:
    email = f"{username}@example.org"
    return Register(email=email, username=username, password="Corr3ct-horse-battery", agree_to_terms=True)


def _trips(
    sparkle: Sparkle, request: Command[Any] | Query[Any], actor: Actor = ANONYMOUS, key: str | None = None
) -> int:
    assert isinstance(sparkle.store, PostgresStore)
    before = sparkle.store.round_trips
    sparkle.run(request, actor=actor, key=key)
    return sparkle.store.round_trips - before
