"""What operators see of people's progress on the command line, and what they change of it by hand."""

from pathlib import Path

import pytest

from sparkle_core.application.accounts import ChangeStatus, MakePerson, PersonNamed
from sparkle_core.application.progression import AwardXp, VisitToday
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Status
from tests.support.commands import CommandLine
from tests.support.people import PASSWORD

CONTEST = ("--source", "contest", "--subject", "inktober")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Ada, who has 100 XP, and Bob, who has the 30 for joining and a proved address."""
    line = CommandLine(tmp_path_factory.mktemp("progressing"))
    with line.opened() as community:
        for name in ("ada", "bob"):
            community.run(MakePerson(email=f"{name}@example.org", username=name, password=PASSWORD), actor=SYSTEM)
        ada = community.run(PersonNamed(username="ada"), actor=SYSTEM).id
        community.run(AwardXp(user_id=ada, amount=70, source="gift", subject="launch"), actor=SYSTEM)
        community.run_coroutine(community.drain())
    return line


@pytest.fixture
def sparkle(untouched: CommandLine, tmp_path: Path) -> CommandLine:
    return untouched.copied(tmp_path)


def banned(line: CommandLine, username: str) -> None:
    with line.opened() as community:
        person = community.run(PersonNamed(username=username), actor=SYSTEM)
        community.run(ChangeStatus(user_id=person.id, status=Status.BANNED, reason="Spam."), actor=SYSTEM)


# XP


def test_an_award_is_given_once_and_taken_back_once(sparkle: CommandLine) -> None:
    given = sparkle("xp", "award", "ADA", "150", *CONTEST)
    assert (given.code, given.out) == (0, "ada has 250 XP and is at level 3, 200 XP to the next.\n")
    assert sparkle("xp", "award", "ada", "150", *CONTEST).out == given.out
    assert sparkle("xp", "award", "ada", "151", *CONTEST).code == 6
    taken = sparkle("xp", "reverse", "ada", *CONTEST, "--json").json
    assert {k: taken[k] for k in ("username", "xp", "level", "next_level_at")} == {
        "username": "ada",
        "xp": 100,
        "level": 2,
        "next_level_at": 250,
    }
    assert sparkle("xp", "reverse", "ada", *CONTEST, "--json").json == taken
    assert sparkle("xp", "show", "ada", "--json").json == taken | {"reputation": 0}
    said = sparkle("xp", "show", "ada").out
    assert said == "ada has 100 XP and is at level 2, 150 XP to the next. Their reputation is 0.\n"


def test_what_an_operator_does_by_hand_is_in_the_audit_log_by_their_name(sparkle: CommandLine) -> None:
    sparkle("xp", "award", "ada", "150", *CONTEST)
    sparkle("xp", "reverse", "ada", *CONTEST)
    sparkle("trust", "lock", "ada", "3", "--reason", "Helps.")
    sparkle("trust", "unlock", "ada", "--reason", "Enough.")
    entries = sparkle("audit", "--subject", "ada", "--json").json
    by_hand = [entry["command"] for entry in entries if entry["actor"].startswith("operator:")]
    assert by_hand == ["UnlockTrust", "LockTrust", "ReverseXp", "AwardXp"]


def test_history_is_newest_first_longer_than_a_page_and_no_longer_than_asked(sparkle: CommandLine) -> None:
    with sparkle.opened() as community:
        ada = community.run(PersonNamed(username="ada"), actor=SYSTEM).id
        for n in range(120):
            community.run(AwardXp(user_id=ada, amount=1, source="gift", subject=f"day {n}"), actor=SYSTEM)
    entries = sparkle("xp", "history", "ada", "--limit", "110", "--json").json
    assert [entry["subject"] for entry in entries] == [f"day {n}" for n in range(119, 9, -1)]
    assert (entries[0]["total"], entries[0]["amount"], entries[0]["source"]) == (220, 1, "gift")
    told = sparkle("xp", "history", "ada", "--limit", "1").out.splitlines()
    assert told[0].split() == ["at", "XP", "total", "source", "subject"]
    assert told[1].split()[2:] == ["1", "220", "gift", "day", "119"]
    assert len(told) == 2


def test_an_award_gives_no_orders_to_a_terminal(sparkle: CommandLine) -> None:
    """Stops what somebody called an award from hiding others on the screen of whoever looks at them."""
    sparkle("xp", "award", "ada", "5", "--source", "contest", "--subject", "\x1b[2Jinktober")
    assert "\ufffd[2Jinktober" in sparkle("xp", "history", "ada").out


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (("xp", "award", "ada", "-5", *CONTEST), 2, "amount: must be from 1 to 1,000,000, is -5"),
        (("xp", "award", "ada", "ten", *CONTEST), 2, 'Invalid value for AMOUNT: unable to convert "ten" into int'),
        (("xp", "award", "ada", "5.5", *CONTEST), 2, 'Invalid value for AMOUNT: unable to convert "5.5" into int'),
        (("xp", "award", "ada", "5", "--source", "x" * 51, "--subject", "y"), 2, "source: must have 1 to 50"),
        (("xp", "award", "ada", "5"), 2, "--source requires an argument"),
        (("xp", "award", "nobody", "5", *CONTEST), 5, "no person here"),
        (("xp", "reverse", "ada", *CONTEST), 5, "no award here"),
        (("xp", "history", "ada", "--limit", "0"), 2, "Must be >= 1"),
        (("trust", "lock", "ada", "5", "--reason", "Why."), 2, "level: must be from 0 to 4, is 5"),
        (("trust", "lock", "ada", "3", "--reason", " "), 2, "reason: must not be blank"),
        (("leaderboard", "show", "wealth"), 2, 'Choose from: "xp", "points", "likes"'),
        (("leaderboard", "show", "xp", "--period", "week", "--span", "2026-99"), 2, "ISO week such as 2026-W48"),
        (("leaderboard", "rank", "ada", "xp", "--neighbours", "21"), 2, "neighbours: must be from 0 to 20, is 21"),
        (("league", "ada", "--week", "1999-W01"), 5, "no seat in a league"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(
    sparkle: CommandLine, arguments: tuple[str, ...], code: int, named: str
) -> None:
    said = sparkle(*arguments)
    assert (said.code, said.out) == (code, "")
    assert named in said.err
    assert sparkle("xp", "show", "ada", "--json").json["xp"] == 100


def test_a_fraction_is_rounded_nowhere(sparkle: CommandLine) -> None:
    """Stops somebody who meant a day and a half from being suspended for two."""
    said = sparkle("user", "suspend", "bob", "--reason", "Spam.", "--days", "1.5")
    assert (said.code, said.out) == (2, "")
    assert "--days" in said.err


# trust, achievements, quests, streaks


def test_trust_is_locked_and_follows_conduct_again(sparkle: CommandLine) -> None:
    assert sparkle("trust", "show", "ada").out.startswith("ada is trusted at level 0.\n")
    locked = sparkle("trust", "lock", "ada", "3", "--reason", "Helps.")
    assert locked.out.splitlines()[0] == "ada is trusted at level 3, locked by hand."
    shown = sparkle("trust", "show", "ada", "--json").json
    assert (shown["level"], shown["locked"], shown["conduct"]) == (3, True, {"days": 0, "visits": 0, "reputation": 0})
    assert sparkle("trust", "unlock", "ada", "--reason", "Enough.", "--json").json["locked"] is False
    conduct = [line.split() for line in sparkle("trust", "show", "ada").out.splitlines()[2:]]
    asked = shown["next"]
    assert conduct == [[name, "0", f"{asked[name]:,}"] for name in ("days", "visits", "reputation")]


def test_achievements_are_those_of_the_rules_and_hidden_ones_are_for_operators(sparkle: CommandLine) -> None:
    rules = sparkle.folder / "rules.toml"
    rules.write_text(
        """
[[progression.achievements]]
name = "seen"
title = "Seen"
when = "level >= 2"
reward = { points = 3 }
[[progression.achievements]]
name = "secret"
title = "Secret"
when = "posts_published >= 1000"
rarity = "EPIC"
hidden = true
"""
    )
    listed = sparkle("achievements", "list", "--rules", str(rules), "--json").json
    assert [(one["name"], one["hidden"], one["reward"]["points"]) for one in listed] == [
        ("seen", False, 3),
        ("secret", True, 0),
    ]
    told = sparkle("achievements", "list", "--rules", str(rules)).out.splitlines()
    assert told[2].split() == ["secret", "EPIC", "hidden", "posts_published", ">=", "1000", "0", "0"]
    assert sparkle("achievements", "list", "--rules", "none.toml").code == 2


def test_how_far_somebody_is_with_achievements(sparkle: CommandLine) -> None:
    shown = {one["name"]: one for one in sparkle("achievements", "show", "ada", "--json").json}
    assert (shown["level_10"]["percent"], shown["level_10"]["unlocked_at"]) == (20, None)
    told = sparkle("achievements", "show", "ada").out
    assert "level 2/10" in told
    assert told.splitlines()[0].split() == ["achievement", "rarity", "since", "percent", "so", "far"]


def test_the_quests_of_the_rules_and_how_far_somebody_is_with_them(sparkle: CommandLine) -> None:
    listed = [line.split() for line in sparkle("quests", "list").out.splitlines()]
    assert listed[0] == ["quest", "kind", "asks", "for", "XP", "points"]
    assert ["daily_talk", "DAILY", "comments_posted", "3", "10", "0"] in listed
    names = [quest["name"] for quest in sparkle("quests", "list", "--json").json]
    shown = sparkle("quests", "show", "ada", "--json").json
    assert [(quest["name"], quest["state"]) for quest in shown] == [(name, "OPEN") for name in names]
    assert "comments_posted 0/3" in sparkle("quests", "show", "ada").out


def test_a_goal_of_everybodys_and_no_quest_at_all(sparkle: CommandLine) -> None:
    rules = sparkle.folder / "rules.toml"
    rules.write_text(
        """
[[progression.quests]]
name = "together"
title = "Together"
kind = "COMMUNITY"
objectives = [{ counter = "comments_posted", target = 5000 }]
starts_at = 2026-01-01T00:00:00Z
ends_at = 9000-01-01T00:00:00Z
"""
    )
    said = sparkle("quests", "show", "ada", SPARKLE_RULES=str(rules))
    assert "together 0/5,000, comments_posted 0/20" in said.out
    rules.write_text("[progression]\nquests = []\n")
    assert sparkle("quests", "show", "ada", SPARKLE_RULES=str(rules)).out == "No quest runs for ada now.\n"


def test_a_streak_is_as_they_see_it(sparkle: CommandLine) -> None:
    before = sparkle("streak", "ada").out
    assert before == "ada: 0 days in a row, not here yet today; the longest 0, 0 freezes.\n"
    with sparkle.opened() as community:
        ada = community.run(PersonNamed(username="ada"), actor=SYSTEM)
        community.run(VisitToday(), actor=Actor(user_id=ada.id))
    shown = sparkle("streak", "ada", "--json").json
    assert (shown["username"], shown["days"], shown["visited_today"]) == ("ada", 1, True)
    assert sparkle("streak", "ada").out.startswith("ada: 1 days in a row, here today; the longest 1, ")


# leaderboards and leagues


def test_boards_show_who_has_the_most_and_where_somebody_stands(sparkle: CommandLine) -> None:
    rows = sparkle("leaderboard", "show", "xp", "--json").json
    assert [(row["rank"], row["username"], row["score"]) for row in rows] == [(1, "ada", 100), (2, "bob", 30)]
    assert [line.split()[:3] for line in sparkle("leaderboard", "show", "xp", "--limit", "1").out.splitlines()[1:]] == [
        ["1", "ada", "100"]
    ]
    stands = sparkle("leaderboard", "rank", "bob", "xp", "--neighbours", "0", "--json").json
    assert (stands["username"], stands["rank"], stands["score"], stands["listed"]) == ("bob", 2, 30, 2)
    assert [row["username"] for row in stands["around"]] == ["bob"]
    told = sparkle("leaderboard", "rank", "bob", "xp").out.splitlines()
    assert told[0] == "bob is number 2 of 2 by xp, ever."
    assert len(told) == 4
    unlisted = sparkle("leaderboard", "rank", "bob", "likes", "--period", "all-time").out
    assert unlisted.splitlines()[0] == "bob is not listed of 0 by likes, ever."


def test_a_league_is_as_they_see_it(sparkle: CommandLine) -> None:
    shown = sparkle("league", "ada", "--json").json
    assert (shown["tier"], shown["name"], shown["settled"]) == (1, "Bronze", False)
    assert [(row["place"], row["username"], row["score"]) for row in shown["rows"]] == [(1, "ada", 100), (2, "bob", 30)]
    told = sparkle("league", "ada", "--week", shown["week"]).out.splitlines()
    assert told[0].startswith(f"ada is in Bronze, tier 1, in {shown['week']}, until ")
    assert told[2].split() == ["1", "ada", "100", "PROMOTED"]


@pytest.mark.parametrize("command", [("streak", "bob"), ("leaderboard", "rank", "bob", "xp"), ("league", "bob")])
def test_nobody_is_told_of_an_account_of_theirs_that_is_somebody_elses(
    sparkle: CommandLine, command: tuple[str, ...]
) -> None:
    """Stops an operator from being told that their own account is banned, where it is the one they ask about."""
    banned(sparkle, "bob")
    said = sparkle(*command, "--json")
    assert (said.code, said.out, said.error["code"]) == (4, "", "sees_nothing")
    assert said.error["message"] == "bob alone sees this, and sees nothing while BANNED."


@pytest.mark.parametrize(
    "command",
    [("xp", "show"), ("xp", "history"), ("trust", "show"), ("achievements", "show"), ("quests", "show")],
)
def test_what_moderators_see_is_seen_of_the_banned_too(sparkle: CommandLine, command: tuple[str, ...]) -> None:
    banned(sparkle, "bob")
    assert sparkle(*command, "bob").code == 0
