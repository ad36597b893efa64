"""The contract of `Store` and `Records`, held against every store: kinds, transactions, refusals."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from sparkle_core.domain.kernel.errors import Taken
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.driving import NestedTransaction, Waited
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.members import FULL, found, keep, member
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import (
    EVERYTHING,
    FOLLOWS,
    LIKES,
    MEMBERS,
    NOON,
    NOTES,
    Note,
    uid,
)
from sparkle_core.testing.contracts.staging import Stage


def everything_at_once(fail: Callable[[], None]) -> Callable[[Transaction], Any]:
    """A body that writes to every shape, then fails."""

    async def body(tx: Transaction) -> None:
        r = tx.records
        r.save(MEMBERS, member(2))
        r.append(NOTES, Note(id=uid(1), member=uid(1), line="x", at=NOON))
        r.bump(LIKES, uid(1), "like")
        await r.add(FOLLOWS, uid(1), uid(2), "follow", NOON)
        await r.update_where(MEMBERS, eq("id", uid(1)), changes={"score": 5})
        await r.flush()
        fail()

    return body


class Elsewhere:
    """Something a body waits for that never comes."""

    def __await__(self) -> Any:
        yield


class TransactionsContract(OnAStore):
    """A transaction is kept whole or not at all."""

    def test_an_error_rolls_back_every_shape(self, stage: Stage[Store]) -> None:
        (first,) = keep(stage, member(1))

        def fail() -> None:
            raise ValueError("on purpose")

        with pytest.raises(ValueError, match="on purpose"):
            stage.transact(everything_at_once(fail))

        async def look(tx: Transaction) -> None:
            r = tx.records
            assert await r.find(MEMBERS) == [first]
            assert await r.page(NOTES) == []
            assert await r.counts(LIKES, [uid(1)]) == {}
            assert await r.has(FOLLOWS, uid(1), [uid(2)]) == frozenset()

        stage.read(look)
        stage.transact(everything_at_once(lambda: None))
        assert found(stage) == [1, 2]

    @pytest.mark.parametrize("goes_on", [False, True])
    def test_a_refused_flush_dooms_its_transaction_even_when_swallowed(
        self, stage: Stage[Store], goes_on: bool
    ) -> None:
        keep(stage, member(1, name="ada"))

        async def body(tx: Transaction) -> str:
            await tx.records.add(FOLLOWS, uid(1), uid(2), "follow", NOON)
            tx.records.save(MEMBERS, member(2, name="ada"))
            try:
                await tx.records.flush()
            except Taken:
                if goes_on:
                    await tx.records.find(MEMBERS)
            return "fine"

        async def look(tx: Transaction) -> int:
            return await tx.records.degree(FOLLOWS, uid(2), "follow")

        with pytest.raises(Taken):
            stage.transact(body)
        assert stage.read(look) == 0

    def test_the_store_goes_on_after_a_refusal(self, stage: Stage[Store]) -> None:
        keep(stage, member(1))
        for _ in range(20):
            with pytest.raises(Taken):
                keep(stage, member(2, name="name 1"))
        keep(stage, member(2))
        assert found(stage) == [1, 2]

    def test_a_body_that_waits_is_refused_where_the_store_never_waits(self, stage: Stage[Store]) -> None:
        if stage.store.waits:
            pytest.skip("this store waits, and so may its bodies")

        async def waits(tx: Transaction) -> None:
            tx.records.save(MEMBERS, member(1))
            await tx.records.flush()
            await Elsewhere()

        async def swallows(tx: Transaction) -> None:
            try:
                await waits(tx)
            except Waited:
                return

        for body in (waits, swallows):
            with pytest.raises(Waited):
                stage.transact(body)
        assert found(stage) == []

    def test_transactions_do_not_nest(self, stage: Stage[Store]) -> None:
        async def inner(tx: Transaction) -> None:
            tx.records.save(MEMBERS, member(1))

        async def in_transact(tx: Transaction) -> None:
            await stage.store.transact(inner)

        async def in_read(tx: Transaction) -> None:
            await stage.store.read(inner)

        for body in (in_transact, in_read):
            with pytest.raises(NestedTransaction):
                stage.transact(body)
            with pytest.raises(NestedTransaction):
                stage.read(body)
        assert found(stage) == []

    def test_one_flush_writes_every_shape_together(self, stage: Stage[Store]) -> None:
        keep(stage, *(member(n, room=n) for n in range(10)))

        async def body(tx: Transaction) -> None:
            r = tx.records
            for n in range(10):
                before = await r.get(MEMBERS, uid(n))
                assert before
                r.save(MEMBERS, evolve(before, score=n))
                r.save(MEMBERS, member(100 + n, room=100 + n))
                r.append(NOTES, Note(id=uid(n), member=uid(n), line="x", at=NOON))
                r.bump(LIKES, uid(n), "like", n)
            r.save(EVERYTHING, FULL)
            await r.flush()
            await r.flush()

        async def look(tx: Transaction) -> None:
            r = tx.records
            members = await r.find(MEMBERS)
            assert [m.score for m in members] == [*range(10), *[0] * 10]
            assert len(await r.page(NOTES)) == 10
            assert sum((await r.counts(LIKES, [m.id for m in members])).values()) == 45
            assert await r.get(EVERYTHING, FULL.id) == evolve(FULL, version=1)

        stage.transact(body)
        stage.read(look)

    def test_a_read_of_several_statements_sees_one_moment(self, stage: Stage[Store]) -> None:
        async def body(tx: Transaction) -> tuple[int, int]:
            return len(await tx.records.find(MEMBERS)), len(await tx.records.page(NOTES))

        keep(stage, member(1))
        assert stage.read(body) == (1, 0)
        assert stage.read(lambda tx: tx.records.get(MEMBERS, uid(1)), one_statement=True)
