"""The contract of `PostReader`, held against every store."""

import pytest

from sparkle_adapters.memory.posts import MemoryPosts
from sparkle_adapters.sql.posts import SqlPosts
from sparkle_adapters.sql.store import SqlStore
from sparkle_core.ports.content import PostReader
from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import PostReaderContract, Stage
from tests.contract.conftest import STAGES


class TestEveryPostReader(PostReaderContract):
    @pytest.fixture(params=STAGES)
    def stage(self, request: pytest.FixtureRequest) -> Stage[Store]:
        found: Stage[Store] = request.getfixturevalue(request.param)
        return found

    @pytest.fixture
    def reader(self, stage: Stage[Store]) -> PostReader:
        return SqlPosts() if isinstance(stage.store, SqlStore) else MemoryPosts()
