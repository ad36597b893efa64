"""The contract of `Store` and `Records`, held against every store: kinds, transactions, refusals."""

from datetime import UTC
from typing import Any

import pytest
from attrs import evolve
from attrs import fields as attrs_fields

from sparkle_core.domain.kernel.errors import Stale, Taken
from sparkle_core.domain.kernel.stored import eq, gt, within
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.members import BARE, FULL, found, keep, member, one
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.shapes import (
    EVERYTHING,
    LIKES,
    MEMBERS,
    NOON,
    NOTES,
    Everything,
    Label,
    Note,
    uid,
)
from sparkle_core.testing.contracts.staging import Stage

FIELDS = [f.name for f in attrs_fields(Everything) if f.name not in {"recorded", "version"}]


class RowsContract(OnAStore):
    """Rows come back as they were kept, versions count up, and what clashes is refused."""

    @pytest.mark.parametrize("value", [FULL, BARE, evolve(BARE, figure=Label(text="\u0001"))])
    def test_every_field_comes_back_as_it_was_kept(self, stage: Stage[Store], value: Everything) -> None:
        async def save(tx: Transaction) -> Everything:
            return tx.records.save(EVERYTHING, value)

        async def load(tx: Transaction) -> Everything | None:
            return await tx.records.get(EVERYTHING, value.id)

        saved = stage.transact(save)
        loaded = stage.read(load)
        assert loaded == saved == evolve(value, version=1)
        assert loaded is not saved
        assert loaded.at.tzinfo is UTC

    @pytest.mark.parametrize("name", FIELDS)
    def test_every_plain_field_can_be_asked_for(self, stage: Stage[Store], name: str) -> None:
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

    def test_what_nobody_kept_is_not_found(self, stage: Stage[Store]) -> None:
        assert one(stage, 1) is None
        assert found(stage, eq("name", "x")) == []

    def test_a_transaction_reads_what_it_has_written(self, stage: Stage[Store]) -> None:
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

    def test_saving_counts_the_version_up_and_drops_recorded_events(self, stage: Stage[Store]) -> None:
        (first,) = keep(stage, member(1))
        assert first.version == 1
        (second,) = keep(stage, evolve(first, score=1))
        assert second.version == 2
        assert one(stage, 1) == second

    def test_a_row_saved_twice_in_one_transaction_is_kept_as_it_was_saved_last(self, stage: Stage[Store]) -> None:
        keep(stage, member(1))

        async def body(tx: Transaction) -> None:
            for number in (1, 2):
                before = await tx.records.get(MEMBERS, uid(number)) or member(2)
                between = tx.records.save(MEMBERS, evolve(before, score=1))
                tx.records.save(MEMBERS, evolve(between, score=2))

        stage.transact(body)
        assert [(m.score, m.version) for m in (one(stage, 1), one(stage, 2)) if m] == [(2, 3), (2, 2)]

    @pytest.mark.parametrize("held", [0, 1, 3])
    def test_saving_another_version_than_the_stored_one_is_stale(self, stage: Stage[Store], held: int) -> None:
        (first,) = keep(stage, member(1))
        keep(stage, first)
        with pytest.raises(Stale) as refusal:
            keep(stage, evolve(first, version=held, score=9))
        assert refusal.value.what == "member"
        kept = one(stage, 1)
        assert kept
        assert (kept.version, kept.score) == (2, 0)

    def test_saving_what_was_never_kept_as_an_update_is_stale(self, stage: Stage[Store]) -> None:
        with pytest.raises(Stale):
            keep(stage, member(1, version=1))

    def test_saving_one_version_twice_in_one_transaction_is_stale(self, stage: Stage[Store]) -> None:
        for fresh in (member(1), keep(stage, member(2))[0]):
            with pytest.raises(Stale):
                keep(stage, fresh, fresh)
        assert one(stage, 1) is None

    def test_an_entry_whose_id_exists_is_stale(self, stage: Stage[Store]) -> None:
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
    def test_a_clash_names_the_first_declared_tuple(
        self, stage: Stage[Store], fields: dict[str, Any], names: str
    ) -> None:
        keep(stage, member(1, name="ada", room=1, seat=7, address="a@b.c"))
        with pytest.raises(Taken) as refusal:
            keep(stage, member(2, **fields))
        assert refusal.value.field == names
        (second,) = keep(stage, member(2))
        with pytest.raises(Taken) as refusal:
            keep(stage, evolve(second, **fields))
        assert refusal.value.field == names
        assert one(stage, 2) == second

    def test_an_existing_id_is_stale_even_where_a_tuple_clashes_too(self, stage: Stage[Store]) -> None:
        keep(stage, member(1))
        with pytest.raises(Stale):
            keep(stage, member(1))

    def test_rows_with_an_empty_field_in_a_tuple_never_clash(self, stage: Stage[Store]) -> None:
        keep(stage, member(1, room=1), member(2, room=1), member(3, room=1, seat=1), member(4, room=2, seat=1))
        assert found(stage) == [1, 2, 3, 4]

    def test_a_unique_tuple_holds_soft_deleted_rows_too(self, stage: Stage[Store]) -> None:
        keep(stage, member(1, name="ada", deleted_at=NOON))
        with pytest.raises(Taken):
            keep(stage, member(2, name="ada"))

    def test_what_an_update_frees_can_be_taken_in_the_same_flush(self, stage: Stage[Store]) -> None:
        (first,) = keep(stage, member(1, name="ada"))
        keep(stage, evolve(first, name="grace"), member(2, name="ada"))
        assert found(stage, eq("name", "ada")) == [2]

    def test_update_where_can_clash_and_changes_nothing_then(self, stage: Stage[Store]) -> None:
        keep(stage, member(1), member(2))

        async def rename(tx: Transaction) -> int:
            return await tx.records.update_where(MEMBERS, changes={"name": "same"})

        with pytest.raises(Taken) as refusal:
            stage.transact(rename)
        assert refusal.value.field == "name"
        assert found(stage, eq("name", "same")) == []
