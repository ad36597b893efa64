"""The contract of `Codec`, held against every adapter: one JSON form, without secrets, that later versions read."""

import json
from typing import Any

import pytest
from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkle_core.application import catalog
from sparkle_core.application.accounts import LogIn
from sparkle_core.application.kernel.commands import answer_of
from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN, Secret
from sparkle_core.ports.text import Codec
from sparkle_core.testing.contracts.members import BARE, FULL
from sparkle_core.testing.contracts.shapes import Everything, Member, uid
from sparkle_core.testing.strategies import commands, events, values_of

FORM = {
    "id": "00000000-0000-0000-0000-000000000001",
    "version": 0,
    "key": "ffffffff-ffff-ffff-ffff-ffffffffffff",
    "other": "00000000-0000-0000-0000-000000000000",
    "whole": INT64_MAX,
    "some": INT64_MIN,
    "text": FULL.text,
    "words": "",
    "flag": True,
    "maybe": False,
    "colour": "blue",
    "tint": "red",
    "at": "0002-01-01T00:00:00.000000Z",
    "until": "9998-12-31T23:59:59.999999Z",
    "point": {"x": -1, "y": INT64_MIN, "note": "here\x7f"},
    "places": [{"x": 1, "y": 2, "note": None}, {"x": 3, "y": 4, "note": "é"}],
    "names": ["a", "", "🜁"],
    "figure": {"kind": "circle", "centre": {"x": 0, "y": 0, "note": None}, "radius": INT64_MAX},
    "absent": {"x": 5, "y": 5, "note": None},
    "table": {"": "empty", "clé": "val\u2028ue"},
}
"""The JSON of `FULL`, as it is read again."""

EXAMPLES = settings(max_examples=60, deadline=None)


class CodecContract:
    """What is written comes back equal, also by another version, and no secret is written. Say `make`."""

    def make(self) -> Codec:
        raise NotImplementedError

    @pytest.fixture
    def codec(self) -> Codec:
        return self.make()

    def test_a_value_of_every_sort_of_field_has_one_form(self, codec: Codec) -> None:
        """Stops what one process wrote from being another thing to the next one, or to whoever reads the events."""
        written = json.loads(codec.encode(FULL))
        assert written == FORM
        assert (list(written), next(iter(written["figure"]))) == (list(FORM), "kind")

    @pytest.mark.parametrize(
        ("value", "text"), [(None, "null"), (7, "7"), ((uid(1), uid(2)), f'["{uid(1)}","{uid(2)}"]')]
    )
    def test_plain_answers_have_theirs(self, codec: Codec, value: object, text: str) -> None:
        assert json.loads(codec.encode(value)) == json.loads(text)

    def test_values_come_back_as_they_went_in(self, codec: Codec) -> None:
        assert [codec.decode(codec.encode(value), Everything) for value in (FULL, BARE)] == [FULL, BARE]
        assert (codec.decode(codec.encode(None), type(None)), codec.decode(codec.encode(7), int)) == (None, 7)

    def test_any_event_comes_back_as_it_went_in_and_has_one_text(self) -> None:
        codec = self.make()

        @EXAMPLES
        @given(events())
        def comes_back(event: Any) -> None:
            text = codec.encode(event)
            again = codec.decode(text, type(event))
            assert (again, codec.encode(again)) == (event, text)

        comes_back()

    def test_any_answer_that_a_receipt_keeps_comes_back_as_it_went_in(self) -> None:
        """Stops whoever asks again under a used key from being answered something else."""
        codec = self.make()
        kinds = [answer_of(u.request) for u in catalog.USE_CASES if not (u.is_query or u.secret_answer)]

        @EXAMPLES
        @given(st.data())
        def comes_back(data: st.DataObject) -> None:
            kind = data.draw(st.sampled_from(kinds))
            answer = data.draw(values_of(kind))
            assert codec.decode(codec.encode(answer), kind) == answer

        comes_back()

    def test_no_secret_of_any_command_is_written(self) -> None:
        """Stops passwords and codes from standing in receipts and in the audit log."""
        codec = self.make()
        said = codec.encode(LogIn(email="ada@example.org", password=Secret("Corr3ct-horse-battery")))
        assert "Corr3ct-horse" not in said
        assert json.loads(said)["email"] == "ada@example.org"

        @EXAMPLES
        @given(commands())
        def left_out(command: Any) -> None:
            values = {a.name: getattr(command, a.name) for a in fields(type(command))}
            written = json.loads(codec.encode(command))
            assert [name for name, value in values.items() if isinstance(value, Secret) and name in written] == []
            assert [name for name, value in values.items() if value is not None and not isinstance(value, Secret)] == [
                name for name, value in written.items() if value is not None
            ]

        left_out()

    def test_what_another_version_wrote_is_read(self, codec: Codec) -> None:
        """Stops an update from being unable to go on with what the version before it has left in the outbox."""
        member = Member(id=uid(1), name="Ada", score=7)
        written = json.loads(codec.encode(member))
        del written["room"]
        assert codec.decode(json.dumps({"nickname": "A", **written}), Member) == member
