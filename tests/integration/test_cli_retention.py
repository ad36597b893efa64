"""`sparkle retention`: counted, then removed."""

import sqlite3
from contextlib import closing
from pathlib import Path

from sparkle_core.application.accounts import Register
from tests.support.commands import CommandLine
from tests.support.people import PASSWORD


def test_what_has_had_its_time_is_counted_and_then_removed(tmp_path: Path) -> None:
    sparkle = CommandLine(tmp_path)
    with sparkle.opened() as community:
        community.run(Register(email="ada@example.org", username="ada", password=PASSWORD, agree_to_terms=True))
    with closing(sqlite3.connect(tmp_path / "var" / "sparkle.db")) as database:
        database.execute("UPDATE notification SET read_at = '2020-01-01T00:00:00.000000Z'")
        database.commit()
    counted = sparkle("retention", "--dry-run", "--json").json
    assert {one["stored"]: one["rows"] for one in counted if one["rows"]} == {"notification": 1}
    assert next(one for one in counted if one["stored"] == "login")["days"] == 90
    assert "1 rows have had their time; nothing was removed." in sparkle("retention", "--dry-run").out
    assert sparkle("retention", "--json").json == {"removed": 1}
    assert "Removed 0 rows" in sparkle("retention").out
