"""The contract of `Store`, held against every store."""

import pytest

from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import StoreContract
from sparkle_core.testing.contracts.staging import Stage
from tests.contract.conftest import STAGES


class TestEveryStore(StoreContract):
    @pytest.fixture(params=STAGES)
    def stage(self, request: pytest.FixtureRequest) -> Stage[Store]:
        found: Stage[Store] = request.getfixturevalue(request.param)
        return found
