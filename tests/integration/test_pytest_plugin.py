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


def test_the_fixtures_work_in_a_folder_of_somebody_elses(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(THEIR_TESTS)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", str(tmp_path)]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=False)
    assert "3 passed" in done.stdout, done.stdout + done.stderr
