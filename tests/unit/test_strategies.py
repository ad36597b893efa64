"""Every command, query and event there is can be made at random, and what is kept of one can be read back."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sparkle_adapters.codec import JsonCodec, is_secret
from sparkle_core.application import catalog
from sparkle_core.application.kernel.commands import Command, Query
from sparkle_core.domain.kernel.events import Event
from sparkle_core.domain.kernel.fields import hints_of
from sparkle_core.testing.strategies import commands, events, queries, values_of

REQUESTS = [use.request for use in catalog.USE_CASES]
FEW = settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("kind", [*catalog.EVENTS, *REQUESTS], ids=lambda k: k.__name__)
@FEW
@given(data=st.data())
def test_whatever_can_be_said_comes_back_from_json_as_it_was(kind: Any, data: st.DataObject) -> None:
    value = data.draw(values_of(kind))
    if any(is_secret(hint) for hint in hints_of(kind).values()):
        assert "password" not in json.loads(JsonCodec().encode(value)), (
            "secrets are left out, so that there is no way back"
        )
        return
    assert JsonCodec().decode(JsonCodec().encode(value), kind) == value


@FEW
@given(commands(), queries(), events())
def test_any_of_them_can_be_asked_for(command: Any, query: Any, event: Any) -> None:
    assert isinstance(command, Command)
    assert isinstance(query, Query)
    assert isinstance(event, Event)
