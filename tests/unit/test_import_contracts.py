"""Each import contract bites: broken once on purpose in a copy of the sources, it is reported."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACTS = {
    c["id"]: c["name"]
    for c in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
APPLICATION = "sparkle_core/application"
OFFENCES = {
    "hexagon": ("sparkle_core/domain/progression/xp.py", "sparkle_core.ports.world"),
    "light-core": ("sparkle_core/domain/progression/xp.py", "sqlalchemy"),
    "testing-alone": ("sparkle_core/testing/faults.py", "sparkle_adapters.codec"),
    "tested-not-testing": ("sparkle_core/ports/world.py", "hypothesis"),
    "domain-contexts": ("sparkle_core/domain/progression/xp.py", "sparkle_core.domain.economy.rules"),
    "application-contexts": (f"{APPLICATION}/progression/xp.py", "sparkle_core.application.economy"),
    "adapters": ("sparkle_adapters/crypto/keys.py", "sparkle_adapters.memory.security"),
    "accounts-alone": (f"{APPLICATION}/accounts/standing.py", "sparkle_core.domain.content.rules"),
    "content-alone": (f"{APPLICATION}/content/posts.py", "sparkle_core.domain.economy.rules"),
    "economy-alone": (f"{APPLICATION}/economy/tips.py", "sparkle_core.domain.accounts.rules"),
    "moderation-alone": (f"{APPLICATION}/moderation/queue.py", "sparkle_core.domain.accounts.rules"),
    "progression-alone": (f"{APPLICATION}/progression/xp.py", "sparkle_core.domain.accounts.rules"),
    "leaderboards-alone": (f"{APPLICATION}/leaderboards/reading.py", "sparkle_core.domain.accounts.rules"),
    "notifications-alone": (f"{APPLICATION}/notifications.py", "sparkle_core.domain.accounts.rules"),
    "simulation": ("sparkle_simulation/plotting.py", "sparkle_simulation.tables"),
    "adapters-unnamed": ("sparkle_cli/exits.py", "sparkle_adapters.crypto.keys"),
}
"""Contract → a file and what it must not import."""


def broken_in(folder: Path) -> set[str]:
    """The names of the contracts that a copy of the project breaks."""
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return set(re.findall(r"^(.+) BROKEN", done.stdout, re.MULTILINE))


def test_every_contract_has_an_offence_to_be_tried_with() -> None:
    assert OFFENCES.keys() == CONTRACTS.keys()


def test_every_contract_reports_its_offence(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for file, imported in OFFENCES.values():
        offender = tmp_path / "src" / file
        offender.write_text(f"{offender.read_text()}\nimport {imported}\n")
    assert broken_in(tmp_path) == set(CONTRACTS.values())


def test_a_context_that_is_not_listed_is_reported(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for layer in ("domain", "application"):
        (tmp_path / "src" / "sparkle_core" / layer / "weather.py").write_text('"""A new context."""\n')
    (tmp_path / "src" / "sparkle_adapters" / "weather.py").write_text('"""A new technology."""\n')
    named = {CONTRACTS[id] for id in ("domain-contexts", "application-contexts", "adapters")}
    assert broken_in(tmp_path) == named
