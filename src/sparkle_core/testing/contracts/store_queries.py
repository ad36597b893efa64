"""The contract of `Store` and `Records`, held against every store: kinds, transactions, refusals."""

from itertools import product
from typing import Any

import pytest

from sparkle_core.domain.kernel.errors import Stale
from sparkle_core.domain.kernel.stored import Order, eq, gt, lt, prefix, within
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.members import found, keep, member, one
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import (
    FOLLOWS,
    LIKES,
    MEMBERS,
    NOON,
    NOTES,
    Member,
    Note,
    later,
    uid,
)
from sparkle_core.testing.contracts.staging import Stage

ADA = {"score": 3, "seat": None, "joined_at": later(seconds=1)}

NAMES = [
    "",
    "a",
    "A",
    "ab",
    "a%",
    "a_",
    "a%b",
    "b",
    "É",
    "é",
    "aé",
    "a\ud7ff",
    "a\ue000",
    "a\U0010ffff",
    "a\U0010ffffz",
    "🜁",
]


class QueriesContract(OnAStore):
    """The closed query language, logs, relations and numbers."""

    def test_every_clause_finds_what_it_says(self, stage: Stage[Store]) -> None:
        keep(
            stage,
            member(1, score=1, seat=1, room=1),
            member(2, score=2, room=1),
            member(3, **ADA),
            member(4, score=3, joined_at=later(seconds=2), deleted_at=NOON),
        )
        assert found(stage, eq("score", 3)) == [3]
        assert found(stage, eq("score", 3), deleted=True) == [3, 4]
        assert found(stage, eq("seat", None)) == [2, 3]
        assert found(stage, eq("seat", None), eq("room", 1)) == [2]
        assert found(stage, gt("score", 1)) == [2, 3]
        assert found(stage, lt("score", 3)) == [1, 2]
        assert found(stage, gt("seat", 0)) == [1]
        assert found(stage, lt("joined_at", later(seconds=1))) == [1, 2]
        assert found(stage, gt("joined_at", NOON)) == [3]
        assert found(stage, within("score", [1, 3, 99])) == [1, 3]
        assert found(stage, within("score", [])) == []
        assert found(stage, within("seat", [1, None])) == [1, 2, 3]
        assert found(stage, within("id", [uid(2), uid(9)])) == [2]
        assert found(stage, gt("id", uid(1)), lt("id", uid(3))) == [2]
        assert found(stage, gt("score", 0), lt("score", 3), within("room", [0, 1])) == [1, 2]

    def test_an_unknown_field_is_refused_with_those_there_are(self, stage: Stage[Store]) -> None:
        keep(stage, member(1))
        with pytest.raises(KeyError, match="joined_at"):
            found(stage, eq("joined", NOON))

    @pytest.mark.parametrize(
        "start", ["a", "A", "a%", "a_", "aé", "é", "z", "a\ud7ff", "a\U0010ffff", "\U0010ffff", "🜁", ""]
    )
    def test_a_prefix_is_plain_text_that_knows_case(self, stage: Stage[Store], start: str) -> None:
        keep(stage, *(member(n, name=name) for n, name in enumerate(NAMES)))
        assert found(stage, prefix("name", start)) == [n for n, name in enumerate(NAMES) if name.startswith(start)]

    def test_a_prefix_of_an_empty_field_finds_nothing(self, stage: Stage[Store]) -> None:
        keep(stage, member(1), member(2, address="x"))
        assert found(stage, prefix("address", "")) == [2]

    def test_text_sorts_by_code_point(self, stage: Stage[Store]) -> None:
        keep(stage, *(member(n, name=name) for n, name in enumerate(NAMES)))
        expected = [n for _, n in sorted((name, n) for n, name in enumerate(NAMES))]
        assert found(stage, order=Order("name")) == expected
        assert found(stage, order=Order("name", descending=True)) == expected[::-1]

    @pytest.mark.parametrize(
        ("field", "descending"), list(product(["id", "score", "joined_at", "name", "seat", "address"], [False, True]))
    )
    def test_pages_by_keyset_hold_every_row_once_and_in_order(
        self, stage: Stage[Store], field: str, descending: bool
    ) -> None:
        members = [
            member(
                n,
                name=f"{n * 7 % 10}-{n}",
                score=n // 4,
                room=n,
                seat=n % 3 or None,
                address=f"{n % 5}@{n}" if n % 4 else None,
                joined_at=later(microseconds=n // 5 * 1_000),
                deleted_at=NOON if n == 7 else None,
            )
            for n in range(1, 21)
        ]
        keep(stage, *members)
        shown = [m for m in members if m.deleted_at is None and getattr(m, field) is not None]
        expected = [m.id.int for m in sorted(shown, key=lambda m: (getattr(m, field), m.id), reverse=descending)]

        async def pages(tx: Transaction) -> list[int]:
            got: list[int] = []
            after = None
            while page := await tx.records.find(MEMBERS, order=Order(field, descending), after=after, limit=3):
                assert len(page) <= 3
                got += [m.id.int for m in page]
                after = (getattr(page[-1], field), page[-1].id)
            return got

        assert stage.read(pages) == expected

    def test_a_query_answers_two_hundred_rows_at_most(self, stage: Stage[Store]) -> None:
        keep(stage, *(member(n, room=n) for n in range(205)))
        assert len(found(stage, limit=1_000)) == 200
        assert found(stage, limit=1) == [0]
        assert found(stage, order=Order(descending=True), limit=2) == [204, 203]

    def test_one_is_the_first_by_id(self, stage: Stage[Store]) -> None:
        keep(stage, member(3), member(1, deleted_at=NOON), member(2))

        async def body(tx: Transaction) -> list[int]:
            r = tx.records
            hits = [await r.one(MEMBERS, eq("score", 0)), await r.one(MEMBERS, eq("score", 0), deleted=True)]
            assert await r.one(MEMBERS, eq("score", 1)) is None
            return [m.id.int for m in hits if m]

        assert stage.read(body) == [2, 1]

    def test_get_many_answers_those_there_are_in_the_order_asked(self, stage: Stage[Store]) -> None:
        keep(stage, member(1), member(2), member(3, deleted_at=NOON))

        async def body(tx: Transaction) -> None:
            r = tx.records
            asked = [uid(3), uid(2), uid(9), uid(1), uid(2)]
            assert [i.int for i in await r.get_many(MEMBERS, asked)] == [2, 1]
            assert [i.int for i in await r.get_many(MEMBERS, asked, deleted=True)] == [3, 2, 1]
            assert await r.get_many(MEMBERS, []) == {}

        stage.read(body)

    def test_soft_deleted_rows_are_found_only_when_asked_for(self, stage: Stage[Store]) -> None:
        keep(stage, member(1, deleted_at=NOON))
        assert one(stage, 1) is None
        assert one(stage, 1, deleted=True)

    def test_update_where_changes_what_meets_the_clauses_and_counts_up_versions(self, stage: Stage[Store]) -> None:
        keep(stage, member(1, room=1), member(2, room=1, deleted_at=NOON), member(3))

        async def body(tx: Transaction) -> int:
            tx.records.save(MEMBERS, member(4, room=1))  # pending, and to be changed as well
            return await tx.records.update_where(
                MEMBERS, eq("room", 1), changes={"score": 7, "address": None, "joined_at": later(days=1)}
            )

        async def none(tx: Transaction) -> int:
            return await tx.records.update_where(MEMBERS, eq("room", 99), changes={"score": 0})

        assert stage.transact(body) == 3
        assert stage.transact(none) == 0
        found_now = [one(stage, n, deleted=True) for n in (1, 2, 3, 4)]
        assert [(m.score, m.version) for m in found_now if m] == [(7, 2), (7, 2), (0, 1), (7, 2)]

    def test_what_update_where_changed_is_stale_for_who_read_it_before(self, stage: Stage[Store]) -> None:
        (before,) = keep(stage, member(1))

        async def body(tx: Transaction) -> None:
            await tx.records.update_where(MEMBERS, eq("id", uid(1)), changes={"score": 1})

        stage.transact(body)
        with pytest.raises(Stale):
            keep(stage, before)

    def test_expire_removes_what_is_older_for_good(self, stage: Stage[Store]) -> None:
        keep(stage, member(1, joined_at=NOON), member(2, joined_at=later(hours=1)), member(3, deleted_at=NOON))

        async def body(tx: Transaction) -> tuple[int, int, int]:
            r = tx.records
            for n in range(5):
                r.append(NOTES, Note(id=uid(n), member=uid(n % 2), line="x", at=later(days=n), source=str(n)))
            notes = await r.expire(NOTES, "at", later(days=3), eq("member", uid(0)))
            gone = await r.expire(MEMBERS, "joined_at", later(hours=1))
            return notes, gone, len(await r.page(NOTES))

        assert stage.transact(body) == (2, 2, 3)
        assert found(stage, deleted=True) == [2]

    def test_a_log_pages_newest_first(self, stage: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            r = tx.records
            for n in range(7):
                r.append(NOTES, Note(id=uid(n), member=uid(n % 2), line=str(n), at=later(days=-n)))
            assert [e.line for e in await r.page(NOTES, limit=3)] == ["6", "5", "4"]
            assert [e.line for e in await r.page(NOTES, after=(uid(4), uid(4)), limit=2)] == ["3", "2"]
            assert [e.line for e in await r.page(NOTES, eq("member", uid(1)))] == ["5", "3", "1"]
            by_time = await r.page(NOTES, order=Order("at", descending=True), after=(later(days=-2), uid(2)))
            assert [e.line for e in by_time] == ["3", "4", "5", "6"]

        stage.transact(body)

    def test_a_clash_on_a_tuple_that_says_nothing_is_a_lost_race(self, stage: Stage[Store]) -> None:
        async def append(tx: Transaction, number: int) -> None:
            tx.records.append(NOTES, Note(id=uid(number), member=uid(1), line="x", at=NOON, source="gift"))

        stage.transact(lambda tx: append(tx, 1))
        with pytest.raises(Stale):
            stage.transact(lambda tx: append(tx, 2))

    def test_a_row_is_held_as_it_is_now_and_a_deleted_one_not_at_all(self, stage: Stage[Store]) -> None:
        keep(stage, member(1), member(2, deleted_at=NOON))

        async def body(tx: Transaction) -> list[Member | None]:
            tx.records.save(MEMBERS, member(3))
            return [await tx.records.hold(MEMBERS, uid(n)) for n in (1, 2, 3, 4)]

        assert stage.transact(body) == [member(1).as_stored(), None, member(3).as_stored(), None]

    def test_relations_are_added_and_removed_once(self, stage: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            r = tx.records
            assert await r.add(FOLLOWS, uid(1), uid(2), "follow", NOON)
            assert not await r.add(FOLLOWS, uid(1), uid(2), "follow", later(days=1))
            assert await r.add(FOLLOWS, uid(1), uid(2), "Follow", NOON)
            assert await r.add(FOLLOWS, uid(2), uid(1), "follow", NOON)
            assert await r.remove(FOLLOWS, uid(1), uid(2), "Follow")
            assert not await r.remove(FOLLOWS, uid(1), uid(2), "Follow")
            assert not await r.remove(FOLLOWS, uid(3), uid(2), "follow")

        stage.transact(body)
        with pytest.raises(AssertionError):
            stage.transact(body)

    def test_relations_are_read_from_both_ends(self, stage: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            r = tx.records
            for source, target, kind in ((3, 9, "a"), (1, 9, "b"), (1, 9, "a"), (2, 9, "a"), (1, 8, "a")):
                await r.add(FOLLOWS, uid(source), uid(target), kind, NOON)
            assert await r.has(FOLLOWS, uid(1), [uid(9), uid(8), uid(7)]) == {
                (uid(9), "a"),
                (uid(9), "b"),
                (uid(8), "a"),
            }
            assert await r.has(FOLLOWS, uid(9), [uid(1)]) == frozenset()
            assert await r.has(FOLLOWS, uid(1), []) == frozenset()
            everybody = [(s.int, k) for s, k in await r.sources(FOLLOWS, uid(9))]
            assert everybody == [(1, "a"), (1, "b"), (2, "a"), (3, "a")]
            assert await r.sources(FOLLOWS, uid(9), "a", limit=2) == [(uid(1), "a"), (uid(2), "a")]
            assert await r.sources(FOLLOWS, uid(9), "a", after=uid(2)) == [(uid(3), "a")]
            assert await r.sources(FOLLOWS, uid(9), after=uid(1), limit=1) == [(uid(2), "a")]
            assert await r.targets(FOLLOWS, uid(1)) == [(uid(8), "a"), (uid(9), "a"), (uid(9), "b")]
            assert await r.targets(FOLLOWS, uid(1), after=(uid(8), "a"), limit=1) == [(uid(9), "a")]
            assert await r.targets(FOLLOWS, uid(1), after=(uid(9), "a")) == [(uid(9), "b")]
            assert await r.targets(FOLLOWS, uid(7)) == []
            assert [await r.degree(FOLLOWS, uid(9), k) for k in ("a", "b", "c")] == [3, 1, 0]

        stage.transact(body)

    def test_counters_add_up_and_forget_zero(self, stage: Stage[Store]) -> None:
        async def body(tx: Transaction) -> None:
            r = tx.records
            for id, kind, by in (
                (1, "like", 1),
                (1, "like", 2),
                (1, "view", 5),
                (2, "like", 1),
                (2, "like", -1),
                (3, "x", -4),
            ):
                r.bump(LIKES, uid(id), kind, by)

        async def look(tx: Transaction) -> dict[Any, int]:
            return await tx.records.counts(LIKES, [uid(1), uid(2), uid(3), uid(4)])

        stage.transact(body)
        stage.transact(body)
        assert stage.read(look) == {(uid(1), "like"): 6, (uid(1), "view"): 10, (uid(3), "x"): -8}

    def test_rows_are_erased_by_their_ids_soft_deleted_ones_too(self, stage: Stage[Store]) -> None:
        keep(stage, member(1), member(2), member(3, deleted_at=NOON), member(4))

        async def body(tx: Transaction) -> tuple[int, int, int]:
            for n in range(3):
                tx.records.append(NOTES, Note(id=uid(n), member=uid(9), line=f"{n}", at=NOON))
            kinds = await tx.records.erase(MEMBERS, [uid(1), uid(3), uid(1), uid(77)])
            return kinds, await tx.records.erase(NOTES, [uid(0), uid(2)]), await tx.records.erase(NOTES, [])

        assert stage.transact(body) == (2, 2, 0)
        assert found(stage, deleted=True) == [2, 4]
        assert [note.id for note in stage.read(lambda tx: tx.records.page(NOTES))] == [uid(1)]
        keep(stage, member(1))
        assert found(stage) == [1, 2, 4]

    def test_what_was_erased_is_there_again_when_the_transaction_fails(self, stage: Stage[Store]) -> None:
        keep(stage, member(1))

        async def body(tx: Transaction) -> None:
            assert await tx.records.erase(MEMBERS, [uid(1)]) == 1
            assert await tx.records.get(MEMBERS, uid(1)) is None
            raise ValueError("on purpose")

        with pytest.raises(ValueError, match="on purpose"):
            stage.transact(body)
        assert found(stage) == [1]
