"""What suites about a store share: how the store that they hold to the contract is made."""

from collections.abc import Iterator

import pytest

from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts.staging import Stage, staged


class OnAStore:
    """Say `make`; or a fixture `stage` of your own, where making a store needs fixtures."""

    def make(self) -> Store:
        """An empty store over `contracts.shapes.DECLARED`."""
        raise NotImplementedError

    @pytest.fixture
    def stage(self) -> Iterator[Stage[Store]]:
        with staged(self.make) as stage:
            yield stage
