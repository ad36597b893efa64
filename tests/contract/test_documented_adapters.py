"""The adapters of docs/write-an-adapter.md, held to the contracts that the page sends them to."""

import json
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest

from sparkle_adapters.memory.store import MemoryStore
from sparkle_core.ports.mail import Letter
from sparkle_core.ports.security import RateLimiter
from sparkle_core.ports.store import Store
from sparkle_core.testing.contracts import DECLARED, MailerContract, Post, RateLimiterContract, StoreContract
from tests.pages import ROOT, run_page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page defines."""
    with chdir(tmp_path_factory.mktemp("page")):
        return run_page(ROOT / "docs" / "write-an-adapter.md")


class TestTheLetterLog(MailerContract):
    @pytest.fixture
    def post(self, page: dict[str, Any], tmp_path: Path) -> Post:
        file = tmp_path / "letters.jsonl"
        log = page["LetterLog"](file)
        return Post(log, lambda: [Letter(**json.loads(line)) for line in file.read_text().splitlines()])


class TestTheFileLimiter(RateLimiterContract):
    @pytest.fixture
    def limiter(self, page: dict[str, Any], tmp_path: Path) -> Iterator[RateLimiter]:
        found = page["FileRateLimiter"](tmp_path / "limits.db")
        yield found
        found.close()


class TestTheCountingStore(StoreContract):
    @pytest.fixture(autouse=True)
    def _found(self, page: dict[str, Any]) -> None:
        self.counting = page["CountingStore"]

    def make(self) -> Store:
        store: Store = self.counting(MemoryStore(DECLARED))
        return store
