"""The contract of `RateLimiter`, held against every adapter."""

import pytest

from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import RateLimiterContract
from sparkle_core.testing.contracts.staging import Runs, Stage


class TestEveryLimiter(RateLimiterContract):
    """In memory, and counting in each SQL store's database; the fixture `limiter` is the conftest's."""

    @pytest.fixture
    def runs(self, stage: Stage[Store]) -> Runs:
        return stage

    @pytest.fixture
    def limiter(self, limiter_of_stage: object) -> object:
        return limiter_of_stage
