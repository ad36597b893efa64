"""`sparkle achievements backfill`: it unlocks what people qualify for, says how far it got, and goes on from there."""

from pathlib import Path

import pytest

from sparkle_core.application.accounts import PublicProfile
from sparkle_core.application.progression import AchievementsOf, MarkBackfilled, NextToBackfill
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from tests.support.commands import CommandLine

RULES = """
[[progression.achievements]]
name = "here"
title = "Here"
when = "posts_published >= 1 or comments_posted >= 1 or likes_given >= 1"
reward = { points = 3 }
"""


@pytest.fixture(scope="module")
def sparkle(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A command line whose community lived under the default rules."""
    found = CommandLine(tmp_path_factory.mktemp("achieving"))
    (found.folder / "rules.toml").write_text(RULES)
    assert found("migrate", "up").code == 0
    assert found("seed", "--people", "12").code == 0
    return found


def test_it_goes_on_where_a_run_was_stopped_and_says_what_came_of_it(sparkle: CommandLine) -> None:
    run = ("achievements", "backfill", "--rules", "rules.toml")
    first = sparkle(*run, "--json").json
    assert first["people"] == first["in_all"]["people"] >= 12
    assert first["unlocked"] >= 10
    again = sparkle(*run)
    assert (again.code, again.out.rpartition(":")[2]) == (0, " nothing to do. --again begins anew.\n")
    anew = sparkle(*run, "--again")
    assert anew.out == f"Looked at {first['people']} people: 0 achievements unlocked.\n"


def test_a_run_goes_on_after_those_who_were_looked_at(sparkle: CommandLine) -> None:
    easier = sparkle.folder / "easier.toml"
    easier.write_text(RULES.replace("posts_published >= 1", "posts_published >= 2"))
    with sparkle.opened(Rules.load(easier)) as community:
        page = community.run(NextToBackfill(limit=5), actor=SYSTEM)
        mark = MarkBackfilled(since=None, after=page.looked_at[-1], people=5)
        community.run(mark, actor=SYSTEM)
    said = sparkle("achievements", "backfill", "--rules", str(easier))
    assert said.out.startswith("Looked at ")
    assert ", going on after 5: " in said.out


def test_what_was_unlocked_is_there(sparkle: CommandLine) -> None:
    sparkle("achievements", "backfill", "--rules", "rules.toml")
    with sparkle.opened() as community:
        demo = community.run(PublicProfile(username="demo"), actor=SYSTEM)
        assert community.run(AchievementsOf(user_id=demo.id), actor=SYSTEM)


def test_a_criterion_that_is_none_is_refused(tmp_path: Path) -> None:
    sparkle = CommandLine(tmp_path)
    (tmp_path / "rules.toml").write_text(RULES.replace("likes_given", "likes"))
    said = sparkle("achievements", "backfill", "--rules", "rules.toml")
    assert said.code == 2
    assert "rules.toml:5: progression.achievements.0.when: likes is not a counter" in said.err
