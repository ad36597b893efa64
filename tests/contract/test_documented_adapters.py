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
from tests.contract.conftest import Stage
from tests.contract.shapes import DECLARED
from tests.contract.test_mailer import *  # noqa: F403 # the suites, run again over this module's fixtures
from tests.contract.test_mailer import Post
from tests.contract.test_rate_limiter import *  # noqa: F403
from tests.contract.test_store import *  # noqa: F403
from tests.pages import ROOT, run_page


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the page defines."""
    with chdir(tmp_path_factory.mktemp("page")):
        return run_page(ROOT / "docs" / "write-an-adapter.md")


@pytest.fixture  # type: ignore[no-redef] # in place of the suite's own
def post(page: dict[str, Any], tmp_path: Path) -> Post:
    file = tmp_path / "letters.jsonl"
    return Post(page["LetterLog"](file), lambda: [Letter(**json.loads(line)) for line in file.read_text().splitlines()])


@pytest.fixture
def stage(page: dict[str, Any]) -> Stage[Store]:
    return Stage("counting", page["CountingStore"](MemoryStore(DECLARED)))


@pytest.fixture
def limiter(page: dict[str, Any], tmp_path: Path) -> Iterator[RateLimiter]:
    found = page["FileRateLimiter"](tmp_path / "limits.db")
    yield found
    found.close()
