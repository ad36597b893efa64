"""What stores hold when many write at once, and what is particular to SQL."""

from collections.abc import Callable, Coroutine
from typing import Any

from attrs import evolve

from sparkle_core.domain.kernel.errors import Taken
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import FOLLOWS, LIKES, MEMBERS, NOON, NOTES, Member, Note, uid
from sparkle_core.testing.contracts.staging import Stage


async def add_a_point(tx: Transaction) -> None:
    before = await tx.records.get(MEMBERS, uid(1))
    assert before
    tx.records.save(MEMBERS, evolve(before, score=before.score + 1))


def score_of(stage: Stage[Any], number: int = 1) -> int:
    async def body(tx: Transaction) -> int:
        found = await tx.records.get(MEMBERS, uid(number))
        assert found
        return found.score

    return stage.read(body)


def add(stage: Stage[Any], *members: Member) -> None:
    async def body(tx: Transaction) -> None:
        for one in members:
            tx.records.save(MEMBERS, one)

    stage.transact(body)


class ParallelStoreContract(OnAStore):
    """Nothing is lost among transactions side by side, and guards hold."""

    def test_no_update_is_lost_among_parallel_writers(self, stage: Stage[Store]) -> None:
        add(stage, Member(id=uid(1), name="ada"))
        outcomes = stage.together([lambda: stage.retried(add_a_point)] * 100)
        assert outcomes == [None] * 100
        assert score_of(stage) == 100

    def test_of_fifty_who_want_one_name_one_gets_it(self, stage: Stage[Store]) -> None:
        def join(number: int) -> Callable[[], Coroutine[Any, Any, None]]:
            async def body(tx: Transaction) -> None:
                if await tx.records.one(MEMBERS, eq("name", "ada")):
                    raise Taken("name")
                tx.records.save(MEMBERS, Member(id=uid(number), name="ada"))

            return lambda: stage.retried(body)

        outcomes = stage.together([join(n) for n in range(50)])
        assert outcomes.count(None) == 1
        assert {o.field for o in outcomes if isinstance(o, Taken)} == {"name"}
        assert len([o for o in outcomes if isinstance(o, Taken)]) == 49

    def test_a_locked_row_guards_a_cap_over_many_rows(self, stage: Stage[Store]) -> None:
        add(stage, Member(id=uid(1), name="the room"))

        def enter(number: int) -> Callable[[], Coroutine[Any, Any, bool]]:
            async def body(tx: Transaction) -> bool:
                await tx.records.hold(MEMBERS, uid(1))
                inside = await tx.records.page(NOTES, eq("member", uid(1)))
                if len(inside) >= 5:
                    return False
                tx.records.append(NOTES, Note(id=uid(number), member=uid(1), line="in", at=NOON))
                return True

            return lambda: stage.retried(body)

        assert stage.together([enter(n) for n in range(40)]).count(True) == 5

    def test_counters_lose_nothing_in_parallel(self, stage: Stage[Store]) -> None:
        def bump(number: int) -> Callable[[], Coroutine[Any, Any, None]]:
            async def body(tx: Transaction) -> None:
                for id in (number % 3, (number + 1) % 3):
                    tx.records.bump(LIKES, uid(id), "like")

            return lambda: stage.retried(body)

        async def counts(tx: Transaction) -> dict[Any, int]:
            return await tx.records.counts(LIKES, [uid(0), uid(1), uid(2)])

        assert stage.together([bump(n) for n in range(90)]) == [None] * 90
        assert set(stage.read(counts).values()) == {60}

    def test_a_relation_added_in_parallel_is_new_to_one(self, stage: Stage[Store]) -> None:
        async def follow(tx: Transaction) -> bool:
            return await tx.records.add(FOLLOWS, uid(1), uid(2), "follow", NOON)

        assert stage.together([lambda: stage.retried(follow)] * 40).count(True) == 1

    def test_two_who_update_the_same_rows_in_other_orders_both_get_through(self, stage: Stage[Store]) -> None:
        add(stage, *(Member(id=uid(n), name=str(n), room=n) for n in range(10)))

        def sweep(order: list[int]) -> Callable[[], Coroutine[Any, Any, None]]:
            async def body(tx: Transaction) -> None:
                found = await tx.records.get_many(MEMBERS, [uid(n) for n in order])
                for n in order:
                    tx.records.save(MEMBERS, evolve(found[uid(n)], score=found[uid(n)].score + 1))

            return lambda: stage.retried(body)

        ascending = list(range(10))
        assert stage.together([sweep(ascending), sweep(ascending[::-1])] * 10) == [None] * 20
        assert {score_of(stage, n) for n in range(10)} == {20}
