"""The fixtures that the package brings to pytest, as somebody else's tests would use them."""

import os
import subprocess
import sys
from pathlib import Path

THEIR_TESTS = """
import sys
from datetime import timedelta

from attrs import evolve
import pytest


def test_nothing_of_sparkle_is_imported_before_it_is_asked_for():
    assert not [name for name in sys.modules if name.startswith(("sparkle_core", "sparkle_bootstrap"))]


def test_a_community_is_at_hand(sparkle, world):
    from sparkle_core.application.accounts import Register

    before = world.now
    world.advance(timedelta(days=1))
    ada = sparkle.run(Register(email="ada@example.org", username="ada", password="Corr3ct-horse-battery",
                               agree_to_terms=True))
    assert ada.username == "ada"
    assert world.now - before >= timedelta(days=1)


class TestWithRulesOfItsOwn:
    @pytest.fixture
    def rules(self, rules):
        return evolve(rules, economy=evolve(rules.economy, welcome_bonus=7))

    def test_the_community_has_them(self, sparkle):
        assert sparkle.rules.economy.welcome_bonus == 7
"""


THEIR_STORE = '''
from sparkle_adapters.memory.store import MemoryStore
from sparkle_core.testing.contracts import DECLARED, LedgerContract, StoreContract


class Leaky(MemoryStore):
    """Keeps what a body wrote before it failed."""

    async def transact(self, body):
        failed = None

        async def swallowing(tx):
            nonlocal failed
            try:
                return await body(tx)
            except Exception as error:
                failed = error

        answer = await super().transact(swallowing)
        if failed is not None:
            raise failed
        return answer


class TestMyStore(StoreContract):
    def make(self):
        return MemoryStore(DECLARED)


class TestMyLedger(LedgerContract):
    def make(self):
        return MemoryStore(DECLARED)


class TestLeaky(StoreContract):
    def make(self):
        return Leaky(DECLARED)
'''


def test_the_contracts_hold_a_store_of_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "test_their_store.py").write_text(THEIR_STORE)
    done = _pytest(tmp_path, "-k", "MyStore or MyLedger", "-m", "not soak", "--strict-markers")
    assert " passed" in done, done
    assert "failed" not in done, done


def test_the_contracts_tell_a_store_that_does_not_roll_back(tmp_path: Path) -> None:
    (tmp_path / "test_their_store.py").write_text(THEIR_STORE)
    done = _pytest(tmp_path, "-k", "Leaky and rolls_back")
    assert "1 failed" in done, done
    assert "assert" in done, "the suites' assertions say what differs"


def test_the_fixtures_work_in_a_folder_of_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(THEIR_TESTS)
    assert "3 passed" in _pytest(tmp_path)


def _pytest(folder: Path, *options: str) -> str:
    """What pytest says of the tests in a folder, run as their own project."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, str(folder)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
