"""The audit log when many write it and several workers chain it. On all stores; PostgreSQL makes it bite."""

from collections.abc import Iterator

import pytest

from sparkle_core.application.accounts import RevokeSessions
from sparkle_core.application.auditing import ChainAudit, VerifyAudit
from sparkle_core.domain.accounts import SYSTEM, Role
from tests.communities import STORES
from tests.racing import Call, Track, track


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    with track(request.param) as made:
        yield made


def test_workers_that_chain_at_once_give_each_entry_one_link(on: Track) -> None:
    """Stops two workers from giving one number twice, one entry two links, or none to an entry that commits late."""
    rudi, ada = on.joins("rudi", Role.ADMIN), on.joins("ada")
    assert ada.user_id is not None
    before = on.run(VerifyAudit(), SYSTEM)
    commands = [Call(RevokeSessions(user_id=ada.user_id), rudi) for _ in range(20)]
    calls = [call for command in commands for call in (command, Call(ChainAudit(), SYSTEM))]
    answers = on.race(calls, width=8)
    assert [answer for answer in answers if isinstance(answer, Exception)] == []
    while on.run(ChainAudit(), SYSTEM).entries:
        pass
    found = on.run(VerifyAudit(), SYSTEM)
    assert found.holds, found.faults
    assert (found.links, found.waiting) == (before.links + before.waiting + 20, 0)
