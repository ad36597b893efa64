"""The commands on PostgreSQL: from an empty database to a seeded one that the doctor calls sound, and back."""

from collections.abc import Callable
from pathlib import Path

from tests.support.commands import CommandLine


def test_an_operators_day_on_postgresql(tmp_path: Path, postgres_url: Callable[..., str]) -> None:
    sparkle, here = CommandLine(tmp_path), ("--database-url", postgres_url())
    unprepared = sparkle("ledger", "prove", *here)
    assert unprepared.code == 8
    assert "sparkle migrate up" in unprepared.err
    assert sparkle("migrate", "up", *here).code == 0
    assert sparkle("migrate", "status", "--json", *here).json["current"]
    seeded = sparkle("seed", "--people", "4", "--json", *here)
    assert seeded.code == 0, seeded.err
    assert seeded.json["done"]["people"] == 4
    assert sparkle("seed", "--people", "4", *here).code == 6
    assert sparkle("ledger", "prove", "--json", *here).json["holds"]
    found = sparkle("doctor", "--json", *here).json
    assert found["healthy"], found
    assert sparkle("migrate", "down", "base", "--yes", "--json", *here).json["after"] is None
    assert not sparkle("doctor", "--json", *here).json["healthy"]
