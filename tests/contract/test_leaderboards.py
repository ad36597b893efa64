"""The contract of `Leaderboards`, held against every store."""

from collections.abc import Sequence
from itertools import count

import pytest

from sparkle_adapters.memory.leaderboards import MemoryLeaderboards
from sparkle_adapters.places import height_of
from sparkle_adapters.sql.leaderboards import SqlLeaderboards
from sparkle_adapters.sql.store import SqlStore
from sparkle_core.domain.kernel.fields import UserId, uuid_of
from sparkle_core.ports.leaderboards import Leaderboards
from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import LeaderboardsContract
from sparkle_core.testing.contracts.staging import Stage
from tests.contract.conftest import STAGES


class TestEveryLeaderboard(LeaderboardsContract):
    def crowd(self) -> Sequence[UserId]:
        """Towers of every height but the rarest, many more than chance would have among so few."""
        wanted = {0: 80, 1: 24, 2: 6, 3: 1}
        found: list[UserId] = []
        for number in count():
            height = height_of(uuid_of(number))
            if wanted.get(height, 0) > 0:
                wanted[height] -= 1
                found.append(UserId(uuid_of(number)))
            if not any(wanted.values()):
                return found
        raise AssertionError

    @pytest.fixture(params=STAGES)
    def stage(self, request: pytest.FixtureRequest) -> Stage[Store]:
        found: Stage[Store] = request.getfixturevalue(request.param)
        return found

    @pytest.fixture
    def boards(self, stage: Stage[Store]) -> Leaderboards:
        return SqlLeaderboards() if isinstance(stage.store, SqlStore) else MemoryLeaderboards()
