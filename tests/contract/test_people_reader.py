"""The contract of `PeopleReader`, held against every store."""

import pytest

from sparkle_adapters.memory.people import MemoryPeople
from sparkle_adapters.sql.people import SqlPeople
from sparkle_adapters.sql.store import SqlStore
from sparkle_core.ports.people import PeopleReader
from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import PeopleReaderContract, Stage
from tests.contract.conftest import STAGES


class TestEveryPeopleReader(PeopleReaderContract):
    @pytest.fixture(params=STAGES)
    def stage(self, request: pytest.FixtureRequest) -> Stage[Store]:
        found: Stage[Store] = request.getfixturevalue(request.param)
        return found

    @pytest.fixture
    def reader(self, stage: Stage[Store]) -> PeopleReader:
        return SqlPeople() if isinstance(stage.store, SqlStore) else MemoryPeople()
