"""Every stored thing, with any values its fields allow, comes back from every store as it was put in."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from sparkle_bootstrap import Sparkle
from sparkle_core.application import catalog
from sparkle_core.domain.kernel.stored import Kind, Log, eq
from sparkle_core.ports.store import Transaction
from sparkle_core.testing.strategies import values_of
from tests.communities import STORES, community

ROWS = [s for s in catalog.STORED if isinstance(s, Kind | Log)]


class RolledBack(Exception):
    """The transaction did its part."""


@pytest.fixture(scope="module", params=STORES)
def sparkle(request: pytest.FixtureRequest) -> Iterator[Sparkle]:
    with community(request.param) as found:
        yield found


@pytest.mark.parametrize("shape", ROWS, ids=lambda s: s.name)
@settings(max_examples=8)
@given(data=st.data())
def test_every_stored_thing_survives_every_store(sparkle: Sparkle, shape: Any, data: st.DataObject) -> None:
    value = data.draw(values_of(shape.type))
    if isinstance(shape, Kind):
        value = evolve(value, version=0)
    back: list[Any] = []

    async def body(tx: Transaction) -> None:
        if isinstance(shape, Kind):
            saved = tx.records.save(shape, value)
            back.extend([await tx.records.get(shape, saved.id, deleted=True), saved])
        else:
            tx.records.append(shape, value)
            (found,) = await tx.records.page(shape, eq("id", value.id))
            back.extend([found, value])
        raise RolledBack

    with pytest.raises(RolledBack):
        sparkle.run_coroutine(sparkle.store.transact(body))
    assert back[0] == back[1]
