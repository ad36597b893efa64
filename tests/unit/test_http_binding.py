"""A request's fields out of JSON, where the rest of the suite does not come by."""

from typing import Any

import pytest

from sparkle_core.application.content import EditPost
from sparkle_web.binding import Shape

EDIT = {"post_id": "01932c07-a83c-7f4b-9d3e-5a1b2c3d4e5f"}


def bound(plain: dict[str, Any]) -> tuple[EditPost, list[str]]:
    faults: list[Any] = []
    edit = Shape(EditPost).bind(plain, "", faults)
    return edit, [str(fault.path) for fault in faults]


@pytest.mark.parametrize("field", ["title", "content", "tags"])
def test_null_says_the_same_as_leaving_a_field_out(field: str) -> None:
    """As the OpenAPI document says of each field that may be left out; of several kinds of content it did not hold."""
    assert bound({**EDIT, field: None}) == bound(EDIT)


def test_null_is_no_body_of_content() -> None:
    _, faulty = bound({**EDIT, "content": {"kind": "ARTICLE", "body": None}})
    assert faulty == ["content.body"]
