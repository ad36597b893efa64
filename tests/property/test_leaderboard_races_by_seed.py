"""Races of leaderboards as seeds: what holds a board together holds for every interleaving, and without it some breaks.

A protection is taken away by composition, as in `test_races_by_seed.py`.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sparkle_adapters.memory.interleaved import InterleavedStore, InterleavedTransaction
from sparkle_adapters.memory.interleaved_ledger import InterleavedLedger
from sparkle_adapters.memory.interleaved_records import InterleavedRecords
from sparkle_adapters.memory.interleaving import Interleaved
from sparkle_adapters.memory.world import SeededWorld
from sparkle_core.application.accounts import ChangeStatus
from sparkle_core.application.leaderboards import CountScore, MyRank, SettleLeagues, ShowOnBoards, TakeSeat
from sparkle_core.domain.accounts import PEOPLE, Status
from sparkle_core.domain.kernel.actors import SYSTEM
from sparkle_core.domain.kernel.stored import Kind
from sparkle_core.domain.leaderboards import Metric, week_of
from sparkle_core.domain.leaderboards.leagues import DRAWS, SEATS, Draw, Outcome, Seat
from sparkle_core.ports.store import Transaction
from tests.property.test_races_by_seed import Community, never, sometimes

WEEK = timedelta(days=7)


class Holding(InterleavedRecords):
    """Records that only look at rows of one kind where they should hold them."""

    looked_at: Kind[Any]

    async def hold(self, kind: Kind[Any], id: UUID) -> Any:
        return await self.get(kind, id) if kind is self.looked_at else await super().hold(kind, id)


class LooksAtPeople(Holding):
    looked_at = PEOPLE


class WithoutThePersonHeld(InterleavedStore):
    """A store on which whether somebody shows is looked up, and may be otherwise when it is used."""

    def transaction(self, own: Interleaved) -> InterleavedTransaction:
        return InterleavedTransaction(LooksAtPeople(own), InterleavedLedger(own))


def a_ban_beside_a_gain(made: Community) -> list[str]:
    """Eve gets her first like of the week while she is banned, and her ban is acted on."""
    ada, eve = made.people["ada"], made.id_of("bob")
    call = made.sparkle.dispatcher.call
    at = made.sparkle.world.moment().now

    async def banned() -> None:
        await call(ChangeStatus(user_id=eve, status=Status.BANNED, reason="spam"), actor=SYSTEM)
        await call(ShowOnBoards(user_id=eve), actor=SYSTEM)

    made.turns.all(call(CountScore(user_id=eve, metric=Metric.LIKES, by=1, at=at), actor=SYSTEM), banned())
    listed = made.ask(MyRank(metric=Metric.LIKES), actor=ada).listed
    return [f"{listed} are listed"] if listed else []


def test_nobody_banned_stays_on_a_board() -> None:
    never(a_ban_beside_a_gain)


def test_without_the_person_held_somebody_banned_stays_on_a_board() -> None:
    sometimes(a_ban_beside_a_gain, store=WithoutThePersonHeld)


def seats_at_once(made: Community) -> list[str]:
    """Ada and Bob begin the second week at once, each by two events, while a worker settles the first."""
    assert isinstance(made.sparkle.world, SeededWorld)
    made.turns.one(made.sparkle.drain())
    made.sparkle.world.advance(WEEK)
    at = made.sparkle.world.moment().now
    seats = [TakeSeat(user_id=made.id_of(name), at=at) for name in ("ada", "bob")]
    ends = made.at_once(*((ask, SYSTEM, None) for ask in (*seats, SettleLeagues(), *seats)))

    async def kept(tx: Transaction) -> list[tuple[Outcome | None, ...]]:
        first, second = ([Seat.id_of(week_of(week), made.id_of(n)) for n in ("ada", "bob")] for week in (at - WEEK, at))
        draws = await tx.records.get_many(DRAWS, [Draw.id_of(week_of(at), tier) for tier in (0, 1)])
        assert sum(draw.seats for draw in draws.values()) == 2
        found = await tx.records.get_many(SEATS, [*first, *second])
        return [tuple(found[id].outcome if id in found else None for id in ids) for ids in (first, second)]

    wrong = [repr(end) for end in ends if isinstance(end, Exception)]
    outcomes = made.turns.one(made.store.read(kept))
    return wrong + ([] if outcomes == [(Outcome.PROMOTED, Outcome.STAYED), (None, None)] else [f"came to {outcomes}"])


def test_people_who_come_at_once_take_a_seat_each_and_their_last_week_is_settled_once() -> None:
    never(seats_at_once)
