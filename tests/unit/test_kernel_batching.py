"""Many commands in one transaction: each all or nothing, as if one came after the other."""

import asyncio
from typing import Annotated, Any
from uuid import UUID

import pytest
from attrs import evolve, field, frozen, mutable

from sparkle_adapters.codec import JsonCodec
from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.memory.world import SeededWorld
from sparkle_core.application.kernel.batching import Needs, NotDeclared
from sparkle_core.application.kernel.commands import Command, Refused, UseCase
from sparkle_core.application.kernel.dispatcher import Asked, Call, Dispatcher, table_of
from sparkle_core.application.kernel.gathering import Gatherer
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.economy.errors import InsufficientFunds
from sparkle_core.domain.economy.ledger import (
    ISSUANCE,
    Currency,
    NewAccount,
    Purpose,
    Transfer,
    TransferId,
)
from sparkle_core.domain.kernel import auditing
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Permission
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Conflict, IdempotencyConflict, Stale, Unavailable
from sparkle_core.domain.kernel.fields import Text
from sparkle_core.domain.kernel.stored import Counter, Kind, Log, eq
from sparkle_core.ports.store import Body, Store, Transaction

JAR = UUID(int=1)
OTHER_JAR = UUID(int=2)
PURSE = NewAccount(owner="user:ada", currency=Currency.SPARKLE, purpose=Purpose.WALLET)


@frozen(kw_only=True)
class Jar(Aggregate):
    """So many sweets, at most ten."""

    sweets: int = 0


@frozen(kw_only=True)
class Line(Aggregate):
    """Something written down."""

    text: Annotated[str, Text(1, 50)]


JARS, LINES, OPENED = Kind(Jar, "jar"), Log(Line, "line"), Counter("opened")


@frozen(kw_only=True)
class Put(Command[int]):
    """Pay for a sweet and put it into a jar; `trouble` says what goes wrong after that."""

    jar: UUID = JAR
    sweets: int = 1
    trouble: str = ""


class Broken(RuntimeError):
    """A defect in a use case, or a database that refuses a row."""


def needs_of_put(cmd: Put, actor: Actor, key: str | None) -> Needs:
    return Needs(rows=((JARS, cmd.jar),), accounts=(ISSUANCE.id, PURSE.id), transfers=(TransferId("put", key or "-"),))


async def put(cmd: Put, work: Work) -> int | Refused:
    before = await work.store.get(JARS, cmd.jar) or Jar(id=cmd.jar)
    jar = work.save(JARS, evolve(before, sweets=before.sweets + cmd.sweets))
    work.store.append(LINES, Line(id=work.new_id(), text=f"{cmd.sweets} more"))
    work.store.bump(OPENED, cmd.jar, "times")
    await work.ledger.post(_price(work, cmd.sweets))
    match cmd.trouble:
        case "remembered":
            return Refused(Conflict())
        case "defect":
            raise Broken
        case "another jar":
            await work.store.get(JARS, OTHER_JAR)
        case "a search":
            await work.store.find(JARS)
        case "the whole ledger":
            await work.ledger.prove()
    if jar.sweets > 10:
        raise Conflict
    again = await work.store.get(JARS, cmd.jar)
    assert again is not None
    return again.sweets


def _price(work: Work, sweets: int) -> Transfer:
    return Transfer(
        id=TransferId("put", work.key or str(work.new_id())),
        debit=PURSE.id,
        credit=ISSUANCE.id,
        amount=sweets,
        currency=Currency.SPARKLE,
        kind="sweet",
        reference="jar",
        actor="system",
        at=work.now,
    )


@mutable(eq=False)
class Choosy:
    """A store that may lose a transaction's race, be away, or refuse to commit a jar of so many sweets."""

    inner: MemoryStore
    stale: int = 0
    away: bool = False
    poison: int = -1
    batches: int = 0
    waits: bool = False

    async def transact(self, body: Body[Any]) -> Any:
        async def checked(tx: Transaction) -> Any:
            answer = await body(tx)
            await tx.records.flush()
            if await tx.records.find(JARS, eq("sweets", self.poison)):
                raise Broken
            if self.stale:
                self.stale -= 1
                raise Stale("jar")
            return answer

        self.batches += 1
        if self.away:
            raise Unavailable("the store")
        return await self.inner.transact(checked)

    async def read(self, body: Body[Any], *, one_statement: bool = False) -> Any:
        return await self.inner.read(body)

    async def pause(self, seconds: float) -> None:
        """Nothing here waits."""

    async def close(self) -> None:
        await self.inner.close()


def _shelf() -> Choosy:
    return Choosy(MemoryStore((JARS, LINES, OPENED, RECEIPTS, OUTBOX, *auditing.STORED)))


@mutable(eq=False)
class Kitchen:
    """Jars on a shelf, and a purse with so much in it."""

    points: int = 100
    store: Choosy = field(factory=_shelf)
    dispatcher: Dispatcher = field(init=False)

    def __attrs_post_init__(self) -> None:
        store: Store = self.store
        self.dispatcher = Dispatcher(
            table=table_of([UseCase(Put, put, Permission.DELIVER, batched=needs_of_put)]),
            store=store,
            world=SeededWorld(),
            codec=JsonCodec(),
            hashes=HmacKeys(bytes(32)),
            limiters={},
            tiers={},
            standing_of=_nobody,
        )

        async def fill(tx: Transaction) -> None:
            await tx.ledger.open(ISSUANCE)
            await tx.ledger.open(PURSE)
            tx.records.save(JARS, Jar(id=JAR))
            gift = Transfer(
                id=TransferId("fill", "1"),
                debit=ISSUANCE.id,
                credit=PURSE.id,
                amount=self.points,
                currency=Currency.SPARKLE,
                kind="gift",
                reference="kitchen",
                actor="system",
                at=self.dispatcher.world.moment().now,
            )
            await tx.ledger.post(gift)

        asyncio.run(self.store.inner.transact(fill))

    def at_once(self, *puts: Put, keys: tuple[str | None, ...] = ()) -> list[Any]:
        """What each of them is answered or refused, when all ask at the same time."""

        async def all_of_them() -> list[Any]:
            asked = zip(puts, keys or [None] * len(puts), strict=True)
            calls = (self.dispatcher.call(p, actor=SYSTEM, key=k, gathered=True) for p, k in asked)
            return await asyncio.gather(*calls, return_exceptions=True)

        return [getattr(o, "answer", o) for o in asyncio.run(all_of_them())]

    def kept(self) -> dict[str, int]:
        """Sweets in the jar, lines written, times opened, points in the purse; the ledger's proof must hold."""

        async def body(tx: Transaction) -> dict[str, int]:
            jar = await tx.records.get(JARS, JAR)
            assert jar is not None
            assert (await tx.ledger.prove()).holds
            lines = await tx.records.page(LINES)
            opened = await tx.records.counts(OPENED, [JAR])
            purse = (await tx.ledger.accounts([PURSE.id]))[PURSE.id]
            return {
                "sweets": jar.sweets,
                "lines": len(lines),
                "opened": opened.get((JAR, "times"), 0),
                "points": purse.balance,
            }

        return asyncio.run(self.store.inner.transact(body))


async def _nobody(work: Work, user_id: Any) -> None:
    return None


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


def test_what_is_asked_at_once_is_done_in_one_transaction_in_order_of_arrival(kitchen: Kitchen) -> None:
    assert kitchen.at_once(*(Put() for _ in range(5))) == [1, 2, 3, 4, 5]
    assert kitchen.store.batches == 1
    assert kitchen.kept() == {"sweets": 5, "lines": 5, "opened": 5, "points": 95}


def test_who_asks_alone_is_served_alone(kitchen: Kitchen) -> None:
    assert kitchen.at_once(Put()) == [1]
    assert kitchen.kept() == {"sweets": 1, "lines": 1, "opened": 1, "points": 99}


def test_one_who_is_refused_leaves_nothing_behind_and_refuses_no_neighbour(kitchen: Kitchen) -> None:
    one, full, other = kitchen.at_once(Put(sweets=6), Put(sweets=5), Put(sweets=4))
    assert (one, other) == (6, 10)
    assert isinstance(full, Conflict), "eleven sweets do not fit, and what it had paid is given back"
    assert kitchen.kept() == {"sweets": 10, "lines": 2, "opened": 2, "points": 90}


def test_money_runs_out_in_order_of_arrival() -> None:
    kitchen = Kitchen(points=3)
    first, second, third = kitchen.at_once(Put(sweets=2), Put(sweets=2), Put(sweets=1))
    assert (first, third) == (2, 3)
    assert isinstance(second, InsufficientFunds)
    assert (second.available, second.needed) == (1, 2)


def test_a_refusal_that_must_be_remembered_keeps_its_changes(kitchen: Kitchen) -> None:
    remembered, after = kitchen.at_once(Put(trouble="remembered"), Put())
    assert isinstance(remembered, Conflict)
    assert after == 2
    assert kitchen.kept()["sweets"] == 2


def test_one_key_used_twice_in_a_batch_has_one_effect_and_equal_answers(kitchen: Kitchen) -> None:
    answers = kitchen.at_once(Put(), Put(), Put(), keys=("a", "a", "b"))
    assert answers == [1, 1, 2]
    assert kitchen.kept()["sweets"] == 2


def test_one_key_for_two_commands_in_a_batch_is_a_conflict(kitchen: Kitchen) -> None:
    first, second = kitchen.at_once(Put(), Put(sweets=2), keys=("a", "a"))
    assert first == 1
    assert isinstance(second, IdempotencyConflict)
    assert kitchen.kept()["sweets"] == 1


def test_a_key_of_an_earlier_batch_is_known(kitchen: Kitchen) -> None:
    assert kitchen.at_once(Put(), Put(), keys=("a", "b")) == [1, 2]
    assert kitchen.at_once(Put(), Put(), keys=("b", "c")) == [2, 3]


@pytest.mark.parametrize("trouble", ["defect", "another jar", "a search", "the whole ledger"])
def test_a_defect_fails_alone_and_takes_back_what_it_has_posted(kitchen: Kitchen, trouble: str) -> None:
    before, broken, after = kitchen.at_once(Put(), Put(trouble=trouble), Put())
    assert (before, after) == (1, 2)
    assert isinstance(broken, Broken if trouble == "defect" else NotDeclared)
    assert kitchen.kept() == {"sweets": 2, "lines": 2, "opened": 2, "points": 98}
    assert kitchen.store.batches == 1, "its neighbours did not have to wait for another try"


@pytest.mark.parametrize("poison", [3, 7, 10])
def test_what_the_database_refuses_is_found_by_halving_and_fails_alone(
    kitchen: Kitchen, poison: int, caplog: pytest.LogCaptureFixture
) -> None:
    kitchen.store.poison, sweets = poison, range(3, 11)
    with caplog.at_level("INFO", "sparkle.dispatcher"):
        answers = kitchen.at_once(*(Put(jar=UUID(int=n), sweets=n) for n in sweets))
    assert [a if isinstance(a, int) else type(a) for a in answers] == [Broken if n == poison else n for n in sweets]
    assert kitchen.store.batches == 1 + 2 * 3, "one try of all, then two a halving"
    assert caplog.messages == [f"a batch of {n} is tried in halves: Broken()" for n in (8, 4, 2)]


def test_a_batch_that_loses_its_race_is_tried_again(kitchen: Kitchen) -> None:
    kitchen.store.stale = 3
    assert kitchen.at_once(*(Put() for _ in range(4))) == [1, 2, 3, 4]
    assert kitchen.kept()["sweets"] == 4


def test_everybody_is_told_when_the_store_is_away_and_nothing_is_tried_in_halves(kitchen: Kitchen) -> None:
    kitchen.store.away = True
    assert {type(a) for a in kitchen.at_once(*(Put() for _ in range(4)))} == {Unavailable}
    assert kitchen.store.batches == 1


def test_a_batched_command_runs_by_itself_unless_it_is_asked_to_wait_for_others(kitchen: Kitchen) -> None:
    async def both() -> list[Any]:
        return await asyncio.gather(*(kitchen.dispatcher.call(Put(), actor=SYSTEM) for _ in range(2)))

    assert [outcome.answer for outcome in asyncio.run(both())] == [1, 2]
    assert kitchen.store.batches == 2


def test_without_an_event_loop_a_batched_command_runs_by_itself(kitchen: Kitchen) -> None:
    driven = kitchen.dispatcher.call(Put(), actor=SYSTEM, gathered=True)
    with pytest.raises(StopIteration) as end:
        driven.send(None)
    assert end.value.value.answer == 1


def test_a_command_that_saves_an_old_version_loses_its_race(kitchen: Kitchen) -> None:
    async def twice(cmd: Put, work: Work) -> int:
        jar = await work.store.get(JARS, cmd.jar)
        assert jar is not None
        work.save(JARS, jar)
        work.save(JARS, jar)
        return 0

    use = UseCase(Put, twice, Permission.DELIVER, batched=needs_of_put)
    call = Call(use, Put(), SYSTEM, None, None, None, gathered=True)
    asked = [Asked(call, kitchen.dispatcher.world.moment(), None)] * 2

    async def batch() -> list[Any]:
        answers: list[Any] = await kitchen.store.transact(lambda tx: kitchen.dispatcher._batch(asked, tx))
        return answers

    assert {type(a) for a in asyncio.run(batch())} == {Stale}


# gathering


async def _echo(items: Any) -> list[Any]:
    await asyncio.sleep(0)
    return [ValueError(i) if i == "bad" else i for i in items]


def test_whatever_arrived_while_a_batch_was_served_makes_the_next_one() -> None:
    batches: list[list[int]] = []

    async def serve(items: Any) -> list[int]:
        batches.append(list(items))
        await asyncio.sleep(0)
        return list(items)

    async def story() -> list[int]:
        gatherer: Gatherer[int, int] = Gatherer(serve, most=3)
        first = asyncio.gather(*(gatherer.ask(n) for n in range(2)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        rest = await asyncio.gather(*(gatherer.ask(n) for n in range(2, 9)))
        return [*await first, *rest]

    assert asyncio.run(story()) == list(range(9))
    assert batches[0] == [0, 1]
    assert max(map(len, batches[1:])) == 3


def test_each_is_told_their_own_error_and_a_broken_server_breaks_its_batch_only() -> None:
    async def story() -> list[Any]:
        gatherer: Gatherer[str, str] = Gatherer(_echo)
        return await asyncio.gather(*map(gatherer.ask, ("good", "bad", "fine")), return_exceptions=True)

    good, bad, fine = asyncio.run(story())
    assert (good, fine) == ("good", "fine")
    assert isinstance(bad, ValueError)

    async def broken(items: Any) -> list[Any]:
        if "bad" in items:
            raise Broken
        return list(items)

    async def two_batches() -> list[Any]:
        gatherer: Gatherer[str, str] = Gatherer(broken, most=2)
        return await asyncio.gather(*map(gatherer.ask, ("bad", "b", "c")), return_exceptions=True)

    first, second, third = asyncio.run(two_batches())
    assert isinstance(first, Broken)
    assert isinstance(second, Broken)
    assert third == "c"


def test_the_line_is_bounded() -> None:
    async def story() -> list[Any]:
        gatherer: Gatherer[int, int] = Gatherer(_echo, waiting_max=2)
        return await asyncio.gather(*map(gatherer.ask, range(4)), return_exceptions=True)

    assert [type(a) for a in asyncio.run(story())] == [int, int, Unavailable, Unavailable]


def test_a_caller_who_goes_away_harms_nobody() -> None:
    async def story() -> list[Any]:
        gatherer: Gatherer[int, int] = Gatherer(_echo)
        tasks = [asyncio.create_task(gatherer.ask(n)) for n in range(3)]
        await asyncio.sleep(0)
        tasks[1].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, gone, last = asyncio.run(story())
    assert (first, last) == (0, 2)
    assert isinstance(gone, asyncio.CancelledError)


def test_when_serving_is_cancelled_nobody_waits_for_ever() -> None:
    async def hangs(items: Any) -> list[Any]:
        await asyncio.Event().wait()
        return list(items)

    async def story() -> list[Any]:
        gatherer: Gatherer[int, int] = Gatherer(hangs, most=1)
        tasks = [asyncio.create_task(gatherer.ask(n)) for n in range(2)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        serving = next(t for t in asyncio.all_tasks() if t not in tasks and t is not asyncio.current_task())
        serving.cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    assert {type(a) for a in asyncio.run(story())} == {asyncio.CancelledError}


def test_each_event_loop_gathers_for_itself() -> None:
    gatherer: Gatherer[int, int] = Gatherer(_echo)
    assert [asyncio.run(gatherer.ask(n)) for n in range(3)] == [0, 1, 2]
