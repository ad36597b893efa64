"""Pages and their cursors: opaque, bound to their query, and never a way to make the server stumble."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.pages import NOT_OURS, Page, cursor_to, page_of, position_of
from sparkle_core.testing.strategies import values_of

SHAPE = (str, int, UUID, datetime)
ANOTHER = "belongs to another list; start without a cursor"
positions = st.tuples(*map(values_of, SHAPE))


def refused(cursor: str, shape: tuple[type, ...] = SHAPE, query: str = "posts", scope: tuple[Any, ...] = ("x",)) -> str:
    with pytest.raises(Invalid) as refusal:
        position_of(cursor, query, scope, shape)
    (fault,) = refusal.value.faults
    assert fault.path == "after"
    return fault.message


def forged(*parts: Any) -> str:
    """A cursor with the right tag and whatever somebody put behind it."""
    body = base64.urlsafe_b64decode(cursor_to("posts", ("x",), ()) + "==")
    return base64.urlsafe_b64encode(json.dumps([json.loads(body)[0], *parts]).encode()).decode().rstrip("=")


@given(positions)
def test_a_cursor_leads_back_to_its_place(position: tuple[Any, ...]) -> None:
    assert position_of(cursor_to("posts", ("x",), position), "posts", ("x",), SHAPE) == position


def test_without_a_cursor_there_is_no_place_yet() -> None:
    assert position_of(None, "posts", (), SHAPE) is None


@pytest.mark.parametrize(
    ("query", "scope"), [("people", ("x",)), ("posts", ("y",)), ("posts", ("x", None)), ("posts", ())]
)
def test_a_cursor_of_another_list_is_refused(query: str, scope: tuple[Any, ...]) -> None:
    cursor = cursor_to("posts", ("x",), (1,))
    assert refused(cursor, (int,), query, scope) == ANOTHER


@given(st.text(max_size=200))
@example("é")
@example("====")
@example("W10")
def test_any_text_is_a_cursor_of_ours_or_refused(text: str) -> None:
    assert refused(text) in {NOT_OURS, ANOTHER}


@given(positions, st.data())
def test_a_cursor_that_was_tampered_with_is_refused_or_still_a_place(position: Any, data: st.DataObject) -> None:
    cursor = cursor_to("posts", ("x",), position)
    at = data.draw(st.integers(0, len(cursor) - 1))
    changed = cursor[:at] + data.draw(st.characters()) + cursor[at + 1 :]
    try:
        found = position_of(changed, "posts", ("x",), SHAPE)
    except Invalid:
        return
    assert found is not None
    assert [type(part) for part in found] == list(SHAPE)


@pytest.mark.parametrize(
    "part",
    [
        "0001-01-01T00:00:00+23:59",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00",
        "2026-02-30T00:00:00Z",
        "soon",
        "",
        7,
        None,
        [],
    ],
)
def test_an_instant_that_is_none_is_refused(part: Any) -> None:
    assert refused(forged(part), (datetime,)) == NOT_OURS


@pytest.mark.parametrize("part", [2**63, -(2**63) - 1, 10**400, 1.5, True, "1", None, {}])
def test_a_number_that_no_store_could_compare_is_refused(part: Any) -> None:
    assert refused(forged(part), (int,)) == NOT_OURS


@pytest.mark.parametrize(("part", "shape"), [("\x00", str), ("\ud800", str), ("x", UUID), ("{" * 32, UUID)])
def test_a_text_or_id_that_no_store_could_compare_is_refused(part: str, shape: type) -> None:
    assert refused(forged(part), (shape,)) == NOT_OURS


def test_a_cursor_with_too_much_or_too_little_in_it_is_refused() -> None:
    assert refused(forged()) == NOT_OURS
    assert refused(forged("a", 1), (str,)) == NOT_OURS


@pytest.mark.parametrize(
    ("rows", "items", "more"), [([], (), False), ([1, 2], (1, 2), False), ([1, 2, 3], (1, 2), True)]
)
def test_a_page_goes_on_exactly_when_there_is_more(rows: list[int], items: tuple[int, ...], more: bool) -> None:
    page: Page[int] = page_of(rows, 2, "numbers", (), lambda n: (n,))
    assert page.items == items
    assert (page.next is not None) == more
    if more:
        assert position_of(page.next, "numbers", (), (int,)) == (2,)


def test_an_instant_in_a_cursor_is_the_same_instant_in_utc() -> None:
    assert position_of(forged("2026-01-01T13:00:00+01:00"), "posts", ("x",), (datetime,)) == (
        datetime(2026, 1, 1, 12, tzinfo=UTC),
    )
