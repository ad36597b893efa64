"""The contract of `Store` and `Records`, held against every store: kinds, transactions, refusals."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from attrs import evolve
from attrs import fields as attrs_fields

from sparkle_adapters.driving import NestedTransaction, Waited
from sparkle_core.domain.kernel.errors import Stale, Taken
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN
from sparkle_core.domain.kernel.stored import Clause, Order, eq, gt, lt, prefix, within
from sparkle_core.ports.store import Store, Transaction
from tests.contract.conftest import Stage
from tests.contract.shapes import (
    EVERYTHING,
    FOLLOWS,
    LIKES,
    MEMBERS,
    NOON,
    NOTES,
    Circle,
    Colour,
    Everything,
    Label,
    Member,
    Note,
    Point,
    later,
    uid,
)


def member(number: int, **fields: Any) -> Member:
    return Member(id=uid(number), **{"name": f"name {number}", **fields})


def keep(stage: Stage[Store], *members: Member) -> list[Member]:
    """Members saved, in a transaction of their own."""

    async def body(tx: Transaction) -> list[Member]:
        return [tx.records.save(MEMBERS, m) for m in members]

    return stage.transact(body)


def found(stage: Stage[Store], *where: Clause, **how: Any) -> list[int]:
    """The numbers of the members that a query finds, in its order."""

    async def body(tx: Transaction) -> list[int]:
        return [m.id.int for m in await tx.records.find(MEMBERS, *where, **how)]

    return stage.read(body)


def one(stage: Stage[Store], number: int, *, deleted: bool = False) -> Member | None:
    async def body(tx: Transaction) -> Member | None:
        return await tx.records.get(MEMBERS, uid(number), deleted=deleted)

    return stage.read(body, one_statement=True)


FULL = Everything(
    id=uid(1),
    key=uid(2**128 - 1),
    other=uid(0),
    whole=INT64_MAX,
    some=INT64_MIN,
    text='naïve 🜁 \U0010ffff "quoted" \\ %_\n\r\t',
    words="",
    flag=True,
    maybe=False,
    colour=Colour.BLUE,
    tint=Colour.RED,
    at=datetime(2, 1, 1, tzinfo=UTC),
    until=datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    point=Point(x=-1, y=INT64_MIN, note="here\x7f"),
    places=(Point(x=1, y=2), Point(x=3, y=4, note="é")),
    names=("a", "", "🜁"),
    figure=Circle(centre=Point(x=0, y=0), radius=INT64_MAX),
    absent=Point(x=5, y=5),
    table={"": "empty", "clé": "val\u2028ue"},
)
BARE = Everything(id=uid(2), key=uid(3))


@pytest.mark.parametrize("value", [FULL, BARE, evolve(BARE, figure=Label(text="\u0001"))])
def test_every_field_comes_back_as_it_was_kept(stage: Stage[Store], value: Everything) -> None:
    async def save(tx: Transaction) -> Everything:
        return tx.records.save(EVERYTHING, value)

    async def load(tx: Transaction) -> Everything | None:
        return await tx.records.get(EVERYTHING, value.id)

    saved = stage.transact(save)
    loaded = stage.read(load)
    assert loaded == saved == evolve(value, version=1)
    assert loaded is not saved
    assert loaded.at.tzinfo is UTC


FIELDS = [f.name for f in attrs_fields(Everything) if f.name not in {"recorded", "version"}]


@pytest.mark.parametrize("name", FIELDS)
def test_every_plain_field_can_be_asked_for(stage: Stage[Store], name: str) -> None:
    async def save(tx: Transaction) -> None:
        tx.records.save(EVERYTHING, FULL)
        tx.records.save(EVERYTHING, BARE)

    async def ask(tx: Transaction, value: Everything) -> list[Everything]:
        wanted = getattr(value, name)
        same = await tx.records.find(EVERYTHING, eq(name, wanted))
        if wanted is not None:
            assert same == await tx.records.find(EVERYTHING, within(name, [wanted]))
        return same

    stage.transact(save)
    for value in (FULL, BARE):
        assert [e.id for e in stage.read(lambda tx, v=value: ask(tx, v))] == [value.id]  # type: ignore[misc]


def test_what_nobody_kept_is_not_found(stage: Stage[Store]) -> None:
    assert one(stage, 1) is None
    assert found(stage, eq("name", "x")) == []


def test_a_transaction_reads_what_it_has_written(stage: Stage[Store]) -> None:
    async def body(tx: Transaction) -> None:
        r = tx.records
        ada = r.save(MEMBERS, member(1, name="ada"))
        assert await r.get(MEMBERS, ada.id) == ada
        ada = r.save(MEMBERS, evolve(ada, score=5))
        assert await r.one(MEMBERS, eq("name", "ada")) == ada
        r.save(MEMBERS, evolve(ada, score=6))
        assert [m.score for m in await r.find(MEMBERS, gt("score", 0))] == [6]
        assert (await r.get_many(MEMBERS, [ada.id]))[ada.id].version == 3
        r.append(NOTES, Note(id=uid(9), member=ada.id, line="hello", at=NOON))
        assert [n.line for n in await r.page(NOTES)] == ["hello"]
        r.bump(LIKES, ada.id, "like", 2)
        assert await r.counts(LIKES, [ada.id]) == {(ada.id, "like"): 2}

    stage.transact(body)


def test_saving_counts_the_version_up_and_drops_recorded_events(stage: Stage[Store]) -> None:
    (first,) = keep(stage, member(1))
    assert first.version == 1
    (second,) = keep(stage, evolve(first, score=1))
    assert second.version == 2
    assert one(stage, 1) == second


def test_a_row_saved_twice_in_one_transaction_is_kept_as_it_was_saved_last(stage: Stage[Store]) -> None:
    keep(stage, member(1))

    async def body(tx: Transaction) -> None:
        for number in (1, 2):
            before = await tx.records.get(MEMBERS, uid(number)) or member(2)
            between = tx.records.save(MEMBERS, evolve(before, score=1))
            tx.records.save(MEMBERS, evolve(between, score=2))

    stage.transact(body)
    assert [(m.score, m.version) for m in (one(stage, 1), one(stage, 2)) if m] == [(2, 3), (2, 2)]


@pytest.mark.parametrize("held", [0, 1, 3])
def test_saving_another_version_than_the_stored_one_is_stale(stage: Stage[Store], held: int) -> None:
    (first,) = keep(stage, member(1))
    keep(stage, first)
    with pytest.raises(Stale) as refusal:
        keep(stage, evolve(first, version=held, score=9))
    assert refusal.value.what == "member"
    kept = one(stage, 1)
    assert kept
    assert (kept.version, kept.score) == (2, 0)


def test_saving_what_was_never_kept_as_an_update_is_stale(stage: Stage[Store]) -> None:
    with pytest.raises(Stale):
        keep(stage, member(1, version=1))


def test_saving_one_version_twice_in_one_transaction_is_stale(stage: Stage[Store]) -> None:
    for fresh in (member(1), keep(stage, member(2))[0]):
        with pytest.raises(Stale):
            keep(stage, fresh, fresh)
    assert one(stage, 1) is None


def test_an_entry_whose_id_exists_is_stale(stage: Stage[Store]) -> None:
    async def append(tx: Transaction) -> None:
        tx.records.append(NOTES, Note(id=uid(1), member=uid(2), line="x", at=NOON))

    async def twice(tx: Transaction) -> None:
        await append(tx)
        await append(tx)

    with pytest.raises(Stale):
        stage.transact(twice)
    stage.transact(append)
    with pytest.raises(Stale):
        stage.transact(append)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"name": "ada"}, "name"),
        ({"room": 1, "seat": 7}, "chair"),
        ({"address": "a@b.c"}, "address"),
        ({"address": "a@b.c", "name": "ada"}, "name"),
        ({"address": "a@b.c", "room": 1, "seat": 7}, "chair"),
        ({"address": "a@b.c", "room": 1, "seat": 7, "name": "ada"}, "name"),
    ],
)
def test_a_clash_names_the_first_declared_tuple(stage: Stage[Store], fields: dict[str, Any], names: str) -> None:
    keep(stage, member(1, name="ada", room=1, seat=7, address="a@b.c"))
    with pytest.raises(Taken) as refusal:
        keep(stage, member(2, **fields))
    assert refusal.value.field == names
    (second,) = keep(stage, member(2))
    with pytest.raises(Taken) as refusal:
        keep(stage, evolve(second, **fields))
    assert refusal.value.field == names
    assert one(stage, 2) == second


def test_an_existing_id_is_stale_even_where_a_tuple_clashes_too(stage: Stage[Store]) -> None:
    keep(stage, member(1))
    with pytest.raises(Stale):
        keep(stage, member(1))


def test_rows_with_an_empty_field_in_a_tuple_never_clash(stage: Stage[Store]) -> None:
    keep(stage, member(1, room=1), member(2, room=1), member(3, room=1, seat=1), member(4, room=2, seat=1))
    assert found(stage) == [1, 2, 3, 4]


def test_a_unique_tuple_holds_soft_deleted_rows_too(stage: Stage[Store]) -> None:
    keep(stage, member(1, name="ada", deleted_at=NOON))
    with pytest.raises(Taken):
        keep(stage, member(2, name="ada"))


def test_what_an_update_frees_can_be_taken_in_the_same_flush(stage: Stage[Store]) -> None:
    (first,) = keep(stage, member(1, name="ada"))
    keep(stage, evolve(first, name="grace"), member(2, name="ada"))
    assert found(stage, eq("name", "ada")) == [2]


def test_update_where_can_clash_and_changes_nothing_then(stage: Stage[Store]) -> None:
    keep(stage, member(1), member(2))

    async def rename(tx: Transaction) -> int:
        return await tx.records.update_where(MEMBERS, changes={"name": "same"})

    with pytest.raises(Taken) as refusal:
        stage.transact(rename)
    assert refusal.value.field == "name"
    assert found(stage, eq("name", "same")) == []


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


def test_an_error_rolls_back_every_shape(stage: Stage[Store]) -> None:
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
def test_a_refused_flush_dooms_its_transaction_even_when_swallowed(stage: Stage[Store], goes_on: bool) -> None:
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


def test_the_store_goes_on_after_a_refusal(stage: Stage[Store]) -> None:
    keep(stage, member(1))
    for _ in range(20):
        with pytest.raises(Taken):
            keep(stage, member(2, name="name 1"))
    keep(stage, member(2))
    assert found(stage) == [1, 2]


class Elsewhere:
    """Something a body waits for that never comes."""

    def __await__(self) -> Any:
        yield


@pytest.mark.parametrize("stage", ["memory", "sqlite"], indirect=True)
def test_a_body_that_waits_is_refused_where_the_store_never_waits(stage: Stage[Store]) -> None:
    assert not stage.store.waits

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


def test_transactions_do_not_nest(stage: Stage[Store]) -> None:
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


ADA = {"score": 3, "seat": None, "joined_at": later(seconds=1)}


def test_every_clause_finds_what_it_says(stage: Stage[Store]) -> None:
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


def test_an_unknown_field_is_refused_with_those_there_are(stage: Stage[Store]) -> None:
    keep(stage, member(1))
    with pytest.raises(KeyError, match="joined_at"):
        found(stage, eq("joined", NOON))


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


@pytest.mark.parametrize(
    "start", ["a", "A", "a%", "a_", "aé", "é", "z", "a\ud7ff", "a\U0010ffff", "\U0010ffff", "🜁", ""]
)
def test_a_prefix_is_plain_text_that_knows_case(stage: Stage[Store], start: str) -> None:
    keep(stage, *(member(n, name=name) for n, name in enumerate(NAMES)))
    assert found(stage, prefix("name", start)) == [n for n, name in enumerate(NAMES) if name.startswith(start)]


def test_a_prefix_of_an_empty_field_finds_nothing(stage: Stage[Store]) -> None:
    keep(stage, member(1), member(2, address="x"))
    assert found(stage, prefix("address", "")) == [2]


def test_text_sorts_by_code_point(stage: Stage[Store]) -> None:
    keep(stage, *(member(n, name=name) for n, name in enumerate(NAMES)))
    expected = [n for _, n in sorted((name, n) for n, name in enumerate(NAMES))]
    assert found(stage, order=Order("name")) == expected
    assert found(stage, order=Order("name", descending=True)) == expected[::-1]


@pytest.mark.parametrize(
    ("field", "descending"), list(product(["id", "score", "joined_at", "name", "seat", "address"], [False, True]))
)
def test_pages_by_keyset_hold_every_row_once_and_in_order(stage: Stage[Store], field: str, descending: bool) -> None:
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


def test_a_query_answers_two_hundred_rows_at_most(stage: Stage[Store]) -> None:
    keep(stage, *(member(n, room=n) for n in range(205)))
    assert len(found(stage, limit=1_000)) == 200
    assert found(stage, limit=1) == [0]
    assert found(stage, order=Order(descending=True), limit=2) == [204, 203]


def test_one_is_the_first_by_id(stage: Stage[Store]) -> None:
    keep(stage, member(3), member(1, deleted_at=NOON), member(2))

    async def body(tx: Transaction) -> list[int]:
        r = tx.records
        hits = [await r.one(MEMBERS, eq("score", 0)), await r.one(MEMBERS, eq("score", 0), deleted=True)]
        assert await r.one(MEMBERS, eq("score", 1)) is None
        return [m.id.int for m in hits if m]

    assert stage.read(body) == [2, 1]


def test_get_many_answers_those_there_are_in_the_order_asked(stage: Stage[Store]) -> None:
    keep(stage, member(1), member(2), member(3, deleted_at=NOON))

    async def body(tx: Transaction) -> None:
        r = tx.records
        asked = [uid(3), uid(2), uid(9), uid(1), uid(2)]
        assert [i.int for i in await r.get_many(MEMBERS, asked)] == [2, 1]
        assert [i.int for i in await r.get_many(MEMBERS, asked, deleted=True)] == [3, 2, 1]
        assert await r.get_many(MEMBERS, []) == {}

    stage.read(body)


def test_soft_deleted_rows_are_found_only_when_asked_for(stage: Stage[Store]) -> None:
    keep(stage, member(1, deleted_at=NOON))
    assert one(stage, 1) is None
    assert one(stage, 1, deleted=True)


def test_update_where_changes_what_meets_the_clauses_and_counts_up_versions(stage: Stage[Store]) -> None:
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


def test_what_update_where_changed_is_stale_for_who_read_it_before(stage: Stage[Store]) -> None:
    (before,) = keep(stage, member(1))

    async def body(tx: Transaction) -> None:
        await tx.records.update_where(MEMBERS, eq("id", uid(1)), changes={"score": 1})

    stage.transact(body)
    with pytest.raises(Stale):
        keep(stage, before)


def test_expire_removes_what_is_older_for_good(stage: Stage[Store]) -> None:
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


def test_a_log_pages_newest_first(stage: Stage[Store]) -> None:
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


def test_a_clash_on_a_tuple_that_says_nothing_is_a_lost_race(stage: Stage[Store]) -> None:
    async def append(tx: Transaction, number: int) -> None:
        tx.records.append(NOTES, Note(id=uid(number), member=uid(1), line="x", at=NOON, source="gift"))

    stage.transact(lambda tx: append(tx, 1))
    with pytest.raises(Stale):
        stage.transact(lambda tx: append(tx, 2))


def test_a_row_is_held_as_it_is_now_and_a_deleted_one_not_at_all(stage: Stage[Store]) -> None:
    keep(stage, member(1), member(2, deleted_at=NOON))

    async def body(tx: Transaction) -> list[Member | None]:
        tx.records.save(MEMBERS, member(3))
        return [await tx.records.hold(MEMBERS, uid(n)) for n in (1, 2, 3, 4)]

    assert stage.transact(body) == [member(1).as_stored(), None, member(3).as_stored(), None]


def test_relations_are_added_and_removed_once(stage: Stage[Store]) -> None:
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


def test_relations_are_read_from_both_ends(stage: Stage[Store]) -> None:
    async def body(tx: Transaction) -> None:
        r = tx.records
        for source, target, kind in ((3, 9, "a"), (1, 9, "b"), (1, 9, "a"), (2, 9, "a"), (1, 8, "a")):
            await r.add(FOLLOWS, uid(source), uid(target), kind, NOON)
        assert await r.has(FOLLOWS, uid(1), [uid(9), uid(8), uid(7)]) == {(uid(9), "a"), (uid(9), "b"), (uid(8), "a")}
        assert await r.has(FOLLOWS, uid(9), [uid(1)]) == frozenset()
        assert await r.has(FOLLOWS, uid(1), []) == frozenset()
        everybody = [(s.int, k) for s, k in await r.sources(FOLLOWS, uid(9))]
        assert everybody == [(1, "a"), (1, "b"), (2, "a"), (3, "a")]
        assert await r.sources(FOLLOWS, uid(9), "a", limit=2) == [(uid(1), "a"), (uid(2), "a")]
        assert await r.sources(FOLLOWS, uid(9), "a", after=uid(2)) == [(uid(3), "a")]
        assert await r.sources(FOLLOWS, uid(9), after=uid(1), limit=1) == [(uid(2), "a")]
        assert [await r.degree(FOLLOWS, uid(9), k) for k in ("a", "b", "c")] == [3, 1, 0]

    stage.transact(body)


def test_counters_add_up_and_forget_zero(stage: Stage[Store]) -> None:
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


def test_one_flush_writes_every_shape_together(stage: Stage[Store]) -> None:
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


def test_a_read_of_several_statements_sees_one_moment(stage: Stage[Store]) -> None:
    async def body(tx: Transaction) -> tuple[int, int]:
        return len(await tx.records.find(MEMBERS)), len(await tx.records.page(NOTES))

    keep(stage, member(1))
    assert stage.read(body) == (1, 0)
    assert stage.read(lambda tx: tx.records.get(MEMBERS, uid(1)), one_statement=True)
