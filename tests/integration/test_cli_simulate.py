"""`sparkle simulate`: tables and JSON, two sets of rules side by side, and how it refuses."""

from pathlib import Path

import pytest

from sparkle_simulation.profiles import Population
from tests.support.commands import CommandLine

SMALL = ("simulate", "--people", "40", "--days", "5", "--seed", "7")
TITLES = (
    "At the end",
    "Over time",
    "Levels at the end",
    "Time to level",
    "Points issued, by source",
    "Points spent, by source",
    "Points moved between people",
    "XP, by source",
    "Who has what",
)


@pytest.fixture
def sparkle(tmp_path: Path) -> CommandLine:
    (tmp_path / "generous.toml").write_text("[progression]\npoints_per_level = 200\n")
    (tmp_path / "frugal.toml").write_text("[progression]\npoints_per_level = 1\n")
    (tmp_path / "broken.toml").write_text("[economy]\nwelcome_bonus = 0\n")
    return CommandLine(tmp_path)


def test_it_says_what_became_of_levels_and_points(sparkle: CommandLine) -> None:
    said = sparkle(*SMALL)
    assert said.code == 0
    assert said.err == ""
    assert [title for title in TITLES if f"\n{title}\n" not in f"\n{said.out}"] == []
    assert "40 people over 5 days from seed 7" in said.out
    assert "welcome bonus  4,000" in said.out
    assert not (sparkle.folder / "var").exists()


def test_the_same_seed_prints_the_same_bytes(sparkle: CommandLine) -> None:
    once, again = sparkle(*SMALL, "--json"), sparkle.apart(*SMALL, "--json", PYTHONHASHSEED="5")
    assert once.out == again.out
    assert sparkle(*SMALL[:-1], "8", "--json").out != once.out


def test_json_has_every_day_of_every_run(sparkle: CommandLine) -> None:
    said = sparkle(*SMALL, "--rules", "generous.toml", "--rules", "frugal.toml", "--json").json
    assert (said["people"], said["days"], said["seed"]) == (40, 5, 7)
    assert [run["rules"] for run in said["runs"]] == ["generous.toml", "frugal.toml"]
    for run in said["runs"]:
        assert [day["day"] for day in run["days"]] == [1, 2, 3, 4, 5]
        assert sum(run["days"][-1]["levels"].values()) == run["days"][-1]["people"] == 40
        assert {standing["profile"] for standing in run["profiles"]} <= set(Population().profiles)


def test_two_sets_of_rules_stand_side_by_side(sparkle: CommandLine) -> None:
    said = sparkle(*SMALL, "--rules", "generous.toml", "--rules", "frugal.toml")
    assert said.code == 0
    assert said.out.startswith("A: generous.toml\nB: frugal.toml\n")
    (rewards,) = [line for line in said.out.splitlines() if line.startswith("level reward")]
    generous, frugal = (int(cell.partition(" (")[0].replace(",", "")) for cell in rewards.split("  ")[1:] if cell)
    assert generous == 200 * frugal > 0


def test_the_rules_of_the_deployment_are_lived_under_unless_others_are_named(sparkle: CommandLine) -> None:
    said = sparkle(*SMALL, "--json", SPARKLE_RULES="generous.toml").json
    assert [run["rules"] for run in said["runs"]] == ["generous.toml"]
    named = sparkle(*SMALL, "--json", "--rules", "frugal.toml", SPARKLE_RULES="generous.toml").json
    assert [run["rules"] for run in named["runs"]] == ["frugal.toml"]


def test_plots_are_written_to_one_file_the_same_for_the_same_seed(sparkle: CommandLine) -> None:
    said = sparkle(*SMALL, "--html", "once.html")
    assert said.code == 0
    assert said.out.endswith("Plots are in once.html.\n")
    sparkle.apart(*SMALL, "--html", "again.html", "--json", PYTHONHASHSEED="5")
    once = (sparkle.folder / "once.html").read_bytes()
    assert once.startswith(b"<!doctype html>")
    assert once == (sparkle.folder / "again.html").read_bytes()


def test_a_population_of_ones_own(sparkle: CommandLine) -> None:
    shares = "".join(f"[{name}]\nshare = 0\n" for name in Population().profiles if name != "whale")
    (sparkle.folder / "whales.toml").write_text(shares)
    said = sparkle(*SMALL, "--population", "whales.toml", "--json").json
    assert [standing["profile"] for standing in said["runs"][0]["profiles"]] == ["whale"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--people", "0"), "people: must be from 1 to 100,000, is 0"),
        (("--days", "0"), "days: must be from 1 to 730, is 0"),
        (("--seed", "-1"), "seed: must be from 0"),
        (("--rules", "nowhere.toml"), "nowhere.toml: is not there"),
        (("--rules", "broken.toml"), "broken.toml:2: economy.welcome_bonus: must be from 1"),
        (("--rules", "generous.toml") * 3, "--rules: takes 2 files at most, to compare; got 3"),
        (("--population", "generous.toml"), "generous.toml:1: progression: is not a rule"),
        (("--html", "nowhere/page.html"), "--html: nowhere/page.html cannot be written: No such file or directory"),
        (("--html", "/proc/page.html"), "--html: /proc/page.html cannot be written: No such file or directory"),
        (("--html", "."), "--html: . cannot be written: Is a directory"),
        (("--people", "many"), "usage: "),
    ],
)
def test_what_cannot_be_simulated_is_refused_by_name(
    sparkle: CommandLine, arguments: tuple[str, ...], says: str
) -> None:
    said = sparkle("simulate", *arguments)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith(f"sparkle: {says}")
