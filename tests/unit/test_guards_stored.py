"""What is easily forgotten when something stored is added: a field in its row, its erasure, its indexes."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.guarding import Forgotten, holds_text

import sparkle_core
from sparkle_adapters.codec import optional_of, rows_of
from sparkle_core.application import catalog
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.domain.kernel.aggregates import Aggregate
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import hints_of
from sparkle_core.domain.kernel.sealed import SealedText
from sparkle_core.domain.kernel.stored import ERASED, NOT_PERSONAL, Erasure, Kind, Log, Personal, retained, rows_go
from sparkle_core.testing.strategies import values_of

SOURCE = Path(sparkle_core.__file__).parent
ROWS = [s for s in catalog.STORED if isinstance(s, Kind | Log)]
EXAMPLES = settings(max_examples=12)


def altered_by_rows(kind: type, value: Any, codec: Any) -> bool:
    """Whether a value comes back different from the row it was made into, or says nothing of a field."""
    back = codec.value(codec.row(value))
    missing = set(hints_of(kind)) - {"recorded"} - set(codec.names)
    return bool(missing) or back != value


@pytest.mark.parametrize("shape", ROWS, ids=lambda s: s.name)
@EXAMPLES
@given(data=st.data())
def test_every_stored_thing_survives_its_row(shape: Kind[Any] | Log[Any], data: st.DataObject) -> None:
    assert not altered_by_rows(shape.type, data.draw(values_of(shape.type)), rows_of(shape.type))


def test_a_mapper_that_drops_a_field_is_found() -> None:
    codec = rows_of(Forgotten)
    forgetful = evolve(codec, columns=tuple(c for c in codec.columns if c.name != "note"))
    value = Forgotten(id=UUID(int=1), note="kept?")
    assert not altered_by_rows(Forgotten, value, codec)
    assert altered_by_rows(Forgotten, value, forgetful)


def without_erasure(shape: Kind[Any] | Log[Any]) -> list[str]:
    """Fields of free text whose handling on erasure is not said, or is said of nothing."""
    hints = {n: h for n, h in hints_of(shape.type).items() if n != "recorded"}
    silent = [n for n, h in hints.items() if holds_text(h) and n not in shape.personal]
    unknown = [n for n in shape.personal if n not in hints]
    groundless = [n for n, p in shape.personal.items() if p.handling is Erasure.RETAIN and not p.basis]
    return [f"{shape.name}.{n}" for n in (*silent, *unknown, *groundless)]


@pytest.mark.parametrize("shape", ROWS, ids=lambda s: s.name)
def test_every_personal_field_declares_its_erasure(shape: Kind[Any] | Log[Any]) -> None:
    assert without_erasure(shape) == []


def cannot_be_erased(shape: Kind[Any] | Log[Any]) -> list[str]:
    """Why what is declared of a stored thing cannot be done when somebody is erased."""
    found = []
    if shape.erasing and not shape.owners:
        found.append(f"{shape.name}: says nothing of whose a row is")
    leading = {"id", *(fields[0] for fields in (*shape.indexes, *shape.unique))}
    found += [f"{shape.name}.{owner}: has no index" for owner in shape.owners if owner not in leading]
    kept = [n for n, p in shape.personal.items() if p.handling is Erasure.RETAIN and p is not NOT_PERSONAL]
    goes = isinstance(shape, Log) or shape.left is rows_go
    if shape.erasing and goes and kept:
        found.append(f"{shape.name}: the row goes, and {', '.join(kept)} should stay")
    return found


@pytest.mark.parametrize("shape", ROWS, ids=lambda s: s.name)
def test_what_is_declared_of_a_stored_thing_can_be_done(shape: Kind[Any] | Log[Any]) -> None:
    """Rows about somebody are found by an index, and go or stay as it says."""
    assert cannot_be_erased(shape) == []


def test_what_cannot_be_done_is_found() -> None:
    note = {"note": ERASED}
    assert cannot_be_erased(Kind(Forgotten, "forgotten", personal=note)) == [
        "forgotten: says nothing of whose a row is"
    ]
    assert cannot_be_erased(Kind(Forgotten, "forgotten", personal=note, whose=("note",))) == [
        "forgotten.note: has no index"
    ]
    kept = Kind(Forgotten, "forgotten", personal={"id": ERASED, "note": retained("a reason")}, whose=("id",))
    assert cannot_be_erased(kept) == ["forgotten: the row goes, and note should stay"]


CLEARED = [s for s in ROWS if isinstance(s, Kind) and s.erasing and s.left is not rows_go]


@pytest.mark.parametrize("shape", CLEARED, ids=lambda s: s.name)
@EXAMPLES
@given(data=st.data())
def test_what_is_left_of_two_rows_says_the_same(shape: Kind[Any], data: st.DataObject) -> None:
    """Of one id and nothing else: so nothing of what was erased is in it, and erasing again changes nothing."""
    gone = {"keep_name": False, "deletion_requested_at": datetime(2026, 1, 1, tzinfo=UTC)}
    gone |= {"deleted_at": datetime(2026, 1, 1, tzinfo=UTC)}
    same = {n: v for n, v in gone.items() if n in hints_of(shape.type)}
    one, other = (evolve(data.draw(values_of(shape.type)), **same) for _ in range(2))
    left, right = shape.left(one), shape.left(evolve(other, id=one.id))
    assert left is not None
    assert right is not None
    cleared = [n for n, p in shape.personal.items() if p.handling is not Erasure.RETAIN] or ["title", "tags", "text"]
    for name in (n for n in cleared if n in hints_of(shape.type)):
        assert getattr(left, name) == getattr(right, name), name
    again = shape.left(evolve(left, recorded=()))
    assert again == evolve(left, recorded=())


def test_a_field_without_erasure_is_found() -> None:
    assert without_erasure(Kind(Forgotten, "forgotten")) == ["forgotten.note"]
    assert without_erasure(Kind(Forgotten, "forgotten", personal={"note": ERASED, "nose": ERASED})) == [
        "forgotten.nose"
    ]
    kept = Personal(Erasure.RETAIN)
    assert without_erasure(Kind(Forgotten, "forgotten", personal={"note": kept})) == ["forgotten.note"]


def unknown_fields(shape: Kind[Any] | Log[Any]) -> list[str]:
    """Unique tuples, indexes and wordings of fields that are not there."""
    named = {f for fields in (*shape.unique, *shape.indexes) for f in fields} | set(shape.says)
    return sorted(named - set(hints_of(shape.type)))


@pytest.mark.parametrize("shape", ROWS, ids=lambda s: s.name)
def test_unique_tuples_and_indexes_name_fields_there_are(shape: Kind[Any] | Log[Any]) -> None:
    assert unknown_fields(shape) == []


def test_an_index_on_nothing_is_found() -> None:
    assert unknown_fields(Kind(Forgotten, "forgotten", indexes=(("nose",),))) == ["nose"]


def sealed_or_not(shape: Kind[Any] | Log[Any]) -> list[str]:
    """Fields that are sealed by their annotation or their declaration, and not by both."""
    by_annotation = {n for n, h in hints_of(shape.type).items() if SealedText in (h, optional_of(h)[0])}
    declared = set(shape.sealed) if isinstance(shape, Kind) else set()
    return sorted(by_annotation ^ declared)


@pytest.mark.parametrize("shape", ROWS, ids=lambda s: s.name)
def test_what_is_sealed_is_declared_and_takes_nothing_that_is_not(shape: Kind[Any] | Log[Any]) -> None:
    """Stops a secret that rotation does not find, and one that is stored as it is."""
    assert sealed_or_not(shape) == []


def test_a_sealed_field_that_rotation_would_not_find_is_found() -> None:
    @frozen(kw_only=True)
    class Safe(Aggregate):
        code: SealedText | None = None

    assert sealed_or_not(Kind(Safe, "safe")) == ["code"]
    assert sealed_or_not(Kind(Safe, "safe", sealed=("code",))) == []
    assert sealed_or_not(Kind(Forgotten, "forgotten", sealed=("note",))) == ["note"]
    with pytest.raises(Invalid, match="code: must be sealed"):
        Safe(id=UUID(int=1), code="+4930901820")


def saved_past_work(source: str) -> set[str]:
    """Kinds that a module's source saves without `Work.save`, which notes the keys that rows are under."""
    return set(re.findall(r"store\.save\((\w+)", source))


def test_rows_that_may_be_under_a_key_are_saved_where_that_is_noted() -> None:
    """Stops a row from being committed under a key that was retired meanwhile (`application/kernel/keyed.py`)."""
    modules = (SOURCE / "application").rglob("*.py")
    found = {name for path in modules for name in saved_past_work(path.read_text(encoding="utf-8"))}
    assert found == {"RECEIPTS", "OUTBOX", "kind"}, "`kind` is Work.save itself"
    assert not any(shape.sealed or shape.peppered for shape in (RECEIPTS, OUTBOX))


def test_a_save_past_work_is_found() -> None:
    assert saved_past_work("work.store.save(PROFILES, profile)") == {"PROFILES"}
