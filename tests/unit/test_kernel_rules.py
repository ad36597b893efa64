"""Rules as data: a file says what differs, and every fault is named with file, line, key and reason."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.rules import RateTier, from_table
from sparkle_core.domain.progression import ArithmeticCurve


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rules.toml"


def faults(file: Path, text: str) -> list[tuple[str, str]]:
    """Key and reason of each fault of a file."""
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Invalid) as refused:
        Rules.load(file)
    for fault in refused.value.faults:
        assert fault.path.startswith(str(file)), fault
    return sorted((f.path.removeprefix(str(file)), f.message) for f in refused.value.faults)


def keys(found: list[tuple[str, str]]) -> list[str]:
    return [path.rpartition(" ")[2] for path, _ in found]


def test_an_empty_file_changes_nothing(file: Path) -> None:
    file.write_text("")
    assert Rules.load(file) == Rules()


def test_what_a_file_leaves_out_stays(file: Path) -> None:
    file.write_text(
        """
        [economy]
        welcome_bonus = 250
        [security.login_per_account]
        limit = 3
        [progression.curve]
        step = 75
        """
    )
    rules, defaults = Rules.load(file), Rules()
    assert rules.economy.welcome_bonus == 250
    assert rules.economy.referral_bonus == defaults.economy.referral_bonus
    assert rules.security.login_per_account == RateTier(limit=3, window_s=900, locks=True)
    assert rules.security.password == defaults.security.password
    assert rules.progression.curve == ArithmeticCurve(first=100, step=75)
    assert rules.moderation == defaults.moderation


def test_every_fault_is_named_with_file_line_and_key(file: Path) -> None:
    found = faults(
        file,
        """
[economy]
welcome_bonus = 0
wellcome_bonus = 5
referral_bonus = "many"
[security.password]
min_length = 4
[nonsense]
x = 1
""",
    )
    assert set(keys(found)) == {
        "nonsense",
        "economy.welcome_bonus",
        "economy.wellcome_bonus",
        "economy.referral_bonus",
        "security.password.min_length",
    }
    said = dict(zip(keys(found), (message for _, message in found), strict=True))
    assert said["economy.welcome_bonus"] == "must be from 1 to 1,000,000,000, is 0"
    assert (
        said["economy.wellcome_bonus"]
        == "is not a rule; known here: limits, rates, referral_bonus, trading, welcome_bonus"
    )
    assert said["economy.referral_bonus"] == "must be a whole number, not text"
    assert said["security.password.min_length"] == "must be 12 or more"
    lines = {path.rpartition(" ")[2]: path.split(":")[1] for path, _ in found}
    assert lines["economy.wellcome_bonus"] == "4"


HOLD = '[[moderation.rules]]\nid = "x"\neffect = {kind = "hold"}\n'


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("economy = 5", "economy"),
        ("[accounts]\nreserved_usernames = 5", "accounts.reserved_usernames"),
        ("[accounts]\nreserved_usernames = [5]", "accounts.reserved_usernames.0"),
        ("[accounts]\nreserved_usernames = [[]]", "accounts.reserved_usernames.0"),
        ("[content]\nreactions = [1]", "content.reactions.0"),
        ("[content]\nreactions = []", "content.reactions"),
        ("[security]\ncode_minutes = 60", "security.code_minutes"),
        ("[security.login_per_account]\nlimit = 1000", "security.login_per_account.limit"),
        ("[security.login_per_account]\nlimit = 0", "security.login_per_account.limit"),
        ("[security.login_per_account]\nwindow_s = 0", "security.login_per_account.window_s"),
        ("[security.login_per_account]\nwindow_s = -900", "security.login_per_account.window_s"),
        ("[security]\ncode_tries = 0", "security.code_tries"),
        ("[progression.awards]\nlike_received = 1_000_001", "progression.awards.like_received"),
        (HOLD + 'condition = {kind = "magic"}', "moderation.rules.0.condition.kind"),
        (HOLD, "moderation.rules.0.condition"),
    ],
)  # fmt: skip
def test_a_rule_that_could_not_work_is_refused_by_its_key(file: Path, text: str, key: str) -> None:
    assert key in keys(faults(file, text))


@pytest.mark.parametrize("text", ["[", "a = ", "\x00", "a = 1\na = 2"])
def test_what_is_no_toml_is_said_to_be_none(file: Path, text: str) -> None:
    (fault,) = faults(file, text)
    assert fault[1].startswith("is not a TOML file")


def test_a_file_that_is_not_there_or_no_text_is_named(file: Path) -> None:
    with pytest.raises(Invalid, match=r"rules\.toml: is not there"):
        Rules.load(file)
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(Invalid, match="is not a TOML file"):
        Rules.load(file)
    with pytest.raises(Invalid, match="is not a TOML file"):
        Rules.load(file.parent)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
sections = st.sampled_from(("accounts", "security", "economy", "progression", "content", "moderation", "other"))
names = st.sampled_from(("reserved_usernames", "password", "login_per_account", "welcome_bonus", "curve", "awards",
                         "reactions", "rules", "reports", "min_length", "limit"))  # fmt: skip


@given(st.dictionaries(sections, plain | st.dictionaries(names, plain, max_size=3), max_size=3))
def test_any_table_is_rules_or_refused(table: dict[str, Any]) -> None:
    with suppress(Invalid):
        assert isinstance(from_table(Rules, table), Rules)
