"""Passwords at every bound: what one may be, what it scores, and what the meter says of it."""

import asyncio
import string
from typing import Any, cast

import pytest
from argon2 import low_level
from hypothesis import given
from hypothesis import strategies as st
from tests.support.people import PASSWORD, member

from sparkle_adapters.crypto.passwords import Argon2Hasher
from sparkle_adapters.memory.security import MemoryBreachedPasswords
from sparkle_adapters.memory.store import MemoryStore
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangePassword, JudgePassword, LogIn, Register
from sparkle_core.application.kernel.dispatcher import Outcome
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.receipts import RECEIPTS
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.passwords import judge_password, normalised_password
from sparkle_core.domain.accounts.rules import FORBIDDEN_PHRASES, HASHING_FLOOR_KIB, PasswordRules
from sparkle_core.domain.kernel.actors import ANONYMOUS, Actor, Origin
from sparkle_core.domain.kernel.errors import Invalid, Limited
from sparkle_core.domain.kernel.rules import from_table

RULES = PasswordRules()
FRESH = "".join(a + b for a, b in zip(string.ascii_lowercase * 50, string.digits * 130, strict=False))
"""1,300 characters, none twice in a row, no phrase among them."""


def faults(password: str, *own_names: str, breached: bool = False, rules: PasswordRules = RULES) -> tuple[str, ...]:
    return judge_password(normalised_password(password), rules, breached=breached, own_names=own_names).faults


def score(password: str, *, breached: bool = False) -> int:
    return judge_password(password, RULES, breached=breached).score


def of_length(length: int) -> str:
    """A password of all four classes."""
    return ("A-" + FRESH)[:length]


@pytest.mark.parametrize(
    ("length", "right"), [(11, False), (12, True), (13, True), (127, True), (128, True), (129, False), (1_300, False)]
)
def test_a_password_has_12_to_128_characters(length: int, right: bool) -> None:
    wanted = () if right else (f"must have 12 to 128 characters, has {length}",)
    assert faults(of_length(length)) == wanted


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("ABCDEFGH-1234", "a lower-case letter"),
        ("abcdefgh-1234", "an upper-case letter"),
        ("Abcdefgh-ijkl", "a digit"),
        ("Abcdefgh12345", "a character that is none of these"),
    ],
)
def test_each_class_is_wanted_unless_the_rules_do_without(password: str, missing: str) -> None:
    assert faults(password) == (f"must contain {missing}",)
    assert faults(password, rules=PasswordRules(all_classes=False)) == ()


@pytest.mark.parametrize("other", ["-", " ", "日", "🎨", "_", "¿"])
def test_anything_else_is_the_fourth_class(other: str) -> None:
    assert faults(f"Abcdefgh1234{other}") == ()


@pytest.mark.parametrize(
    ("run", "right"), [("xx", True), ("xxx", False), ("xXx", True), ("xxyxx", True), (" " * 3, False)]
)
def test_no_character_stands_three_times_in_a_row(run: str, right: bool) -> None:
    assert (faults(f"Corr3ct-horse{run}") == ()) is right


@pytest.mark.parametrize("phrase", FORBIDDEN_PHRASES)
def test_no_phrase_that_everybody_thinks_of_is_in_it(phrase: str) -> None:
    for written in (phrase, phrase.upper(), phrase.title()):
        assert f"must not contain {phrase!r}" in faults(f"Zx-9{written}!")


def test_a_phrase_of_the_rules_counts_in_any_case() -> None:
    rules = PasswordRules(forbidden_phrases=("FanClub",))
    assert faults("My-fanclub-2026", rules=rules) == ("must not contain 'FanClub'",)


@pytest.mark.parametrize(
    ("name", "right"), [("ada", True), ("adal", False), ("ADAL", False), ("", True), ("ａｄａｌ", False)]
)
def test_ones_own_names_are_not_in_it_from_four_characters_on(name: str, right: bool) -> None:
    assert (faults("Zx9-adAl-tower", name) == ()) is right


def test_everything_that_is_wrong_is_named_at_once_and_a_name_once() -> None:
    told = faults("passwordddd", "pass", "PASS", breached=True)
    assert told == (
        "must have 12 to 128 characters, has 11",
        "must contain an upper-case letter",
        "must contain a digit",
        "must contain a character that is none of these",
        "must not repeat a character 3 times in a row",
        "is known to others: it is among the commonest passwords, or was in a breach",
        "must not contain 'password'",
        "must not contain 'pass'",
    )


@pytest.mark.parametrize(
    ("password", "points"),
    [
        ("", 0),
        ("a", 15),
        ("abcdefghijk", 15),
        ("abcdefghijkl", 35),
        ("abcdefghijklmno", 35),
        ("abcdefghijklmnop", 45),
        ("abcdefghijklmnopqrs", 45),
        ("abcdefghijklmnopqrst", 55),
        ("Abcdefghijklmnopqrst", 70),
        ("Abcdefghijklmnopqrs1", 85),
        ("Abcdefghijklmnopqr-1", 100),
        ("Abcdefghijklmnnn-rs1", 90),
    ],
)
def test_the_score_counts_length_classes_and_runs(password: str, points: int) -> None:
    assert score(password) == points
    assert score(password, breached=True) == max(0, points - 30)


@given(st.text(max_size=200), st.booleans())
def test_the_score_is_from_0_to_100_and_valid_means_that_nothing_is_wrong(password: str, breached: bool) -> None:
    report = judge_password(password, RULES, breached=breached)
    assert 0 <= report.score <= 100
    assert report.valid == (not report.faults)
    assert not (breached and report.valid)


def test_a_password_typed_on_another_keyboard_is_the_same() -> None:
    """NFKC (NIST SP 800-63B, 3.1.1.2): composed or not, full-width or not."""
    assert normalised_password("Ａdа\u0301-ﬁne") == normalised_password("Adа\u0301-fine")
    sparkle = in_memory(seed=7)
    ada = member(sparkle, "ada")
    fresh = Actor(user_id=ada.id, proved_at=sparkle.world.moment().now)
    sparkle.run(ChangePassword(password="Caf\u00e9-cr\u00e8me-42"), actor=fresh)
    assert sparkle.run(LogIn(email=ada.email, password="Cafe\u0301-cre\u0300me-42")).token


def test_nothing_is_cut_off() -> None:
    """Stops the first part of a long password from opening the account."""
    sparkle = in_memory(seed=7)
    long = of_length(128)
    sparkle.run(Register(email="ada@example.org", username="ada", password=long, agree_to_terms=True))
    for wrong in (long[:-1], long + "x", long[:72]):
        with pytest.raises(InvalidCredentials):
            sparkle.run(LogIn(email="ada@example.org", password=wrong))
    assert sparkle.run(LogIn(email="ada@example.org", password=long)).token


class Counting(MemoryBreachedPasswords):
    """Counts what it is asked about."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    async def contains(self, password: str) -> bool:
        self.asked.append(password)
        return await super().contains(password)


def test_what_is_too_long_is_looked_up_and_hashed_nowhere() -> None:
    """Stops long texts from being looked up and hashed for whoever sends them."""
    breached = Counting()
    sparkle = in_memory(seed=7, breached=breached)
    for password in (of_length(129), "A-1" + "ﷺ" * 1_000, "x" * 1_024):
        judged = sparkle.run(JudgePassword(password=password))
        assert not judged.valid
        assert judged.faults[0].startswith("must have 12 to 128 characters, has ")
    assert breached.asked == []
    with pytest.raises(Invalid, match="1024"):
        JudgePassword(password="x" * 1_025)


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=7, breached=MemoryBreachedPasswords("Tr0ub4dor-and-three"))


def test_the_meter_says_what_joining_would_say(sparkle: Sparkle) -> None:
    for password in ("short", "Lovelace-is-gr8-fun", "Tr0ub4dor-and-three", PASSWORD):
        judged = sparkle.run(JudgePassword(password=password, username="lovelace", email="ada@example.org"))
        command = Register(email="ada@example.org", username="lovelace", password=password, agree_to_terms=True)
        if judged.valid:
            sparkle.run(command)
            continue
        with pytest.raises(Invalid) as refused:
            sparkle.run(command)
        assert judged.faults == tuple(f.message for f in refused.value.faults)


def test_whoever_is_signed_in_is_asked_about_their_own_names(sparkle: Sparkle) -> None:
    ada = member(sparkle, "lovelace")
    password = "Lovelace-is-gr8-fun"
    assert sparkle.run(JudgePassword(password=password)).valid
    assert sparkle.run(JudgePassword(password=password), actor=ada.actor).faults == ("must not contain 'lovelace'",)
    gone = Actor(user_id=ada.id)
    assert not sparkle.run(JudgePassword(password=password), actor=gone).valid


def test_the_meter_keeps_nothing_and_takes_no_key(sparkle: Sparkle, caplog: pytest.LogCaptureFixture) -> None:
    """Stops a password that somebody only thought of from staying anywhere."""
    member(sparkle, "ada")
    assert isinstance(sparkle.store, MemoryStore)
    before = {name: len(table.rows) for name, table in sparkle.store.data.tables.items()}
    with caplog.at_level("DEBUG"):
        sparkle.run(JudgePassword(password="Th0ught-of-only-once"))
    assert {name: len(table.rows) for name, table in sparkle.store.data.tables.items()} == before
    assert {OUTBOX.name, RECEIPTS.name} <= before.keys()
    assert "Th0ught" not in caplog.text + repr(JudgePassword(password="Th0ught-of-only-once"))
    with pytest.raises(Invalid, match="takes no idempotency key"):
        sparkle.run(JudgePassword(password="x"), key="k")


def test_the_meter_can_be_asked_a_hundred_times_a_minute(sparkle: Sparkle) -> None:
    """Stops it from becoming a way to ask about every password of a list."""
    home = Origin(address="203.0.113.9")
    for _ in range(100):
        sparkle.run(JudgePassword(password="x"), actor=ANONYMOUS, origin=home)
    with pytest.raises(Limited):
        sparkle.run(JudgePassword(password="x"), actor=ANONYMOUS, origin=home)


def test_argon2id_computes_what_rfc_9106_says() -> None:
    """Section 5.3: with secret and associated data, which the library's own interface leaves out."""
    ffi, core = low_level.ffi, low_level.core
    given: dict[str, bytes] = {"pwd": b"\1" * 32, "salt": b"\2" * 16, "secret": b"\3" * 8, "ad": b"\4" * 12}
    parts: dict[str, Any] = {name: ffi.new("uint8_t[]", value) for name, value in given.items()}
    out = ffi.new("uint8_t[32]")
    lengths = {f"{name}len": len(value) for name, value in given.items()}
    context = ffi.new(
        "argon2_context *",
        dict(
            **parts,
            **lengths,
            out=out,
            outlen=32,
            t_cost=3,
            m_cost=32,
            lanes=4,
            threads=4,
            version=0x13,
            allocate_cbk=ffi.NULL,
            free_cbk=ffi.NULL,
            flags=0,
        ),
    )
    assert core(context, low_level.Type.ID.value) == 0
    assert bytes(ffi.buffer(out)).hex() == "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"


@pytest.mark.parametrize("weaker", [{"memory_kib": HASHING_FLOOR_KIB - 1}, {"passes": 0}, {"lanes": 0}])
def test_rules_that_would_make_hashes_cheap_to_guess_refuse_to_load(weaker: dict[str, int]) -> None:
    (name,) = weaker
    with pytest.raises(Invalid, match=rf"security\.hashing\.{name}: must be from "):
        from_table(Rules, {"security": {"hashing": weaker}})
    with pytest.raises(ValueError, match="argon2id needs at least 47104 KiB, 1 pass and 1 lane"):
        Argon2Hasher(**cast(Any, weaker))


def test_stronger_rules_make_stronger_hashes_and_outdate_the_others() -> None:
    stronger = from_table(Rules, {"security": {"hashing": {"passes": 2, "lanes": 2}}}).security.hashing
    hasher = Argon2Hasher(memory_kib=stronger.memory_kib, passes=stronger.passes, lanes=stronger.lanes)
    older = asyncio.run(Argon2Hasher().hash(PASSWORD))
    stored = asyncio.run(hasher.hash(PASSWORD))
    assert stored.startswith("$argon2id$v=19$m=47104,t=2,p=2$")
    assert [hasher.outdated(one) for one in (older, stored)] == [True, False]


class Held(Argon2Hasher):
    """A hasher whose passwords are verified when it is told to, and which knows how many have come so far."""

    def __init__(self) -> None:
        super().__init__(workers=1)
        self.come = 0
        self.go_on = asyncio.Event()

    async def verify(self, stored: str | None, password: str) -> bool:
        self.come += 1
        await self.go_on.wait()
        return stored is not None


def test_a_storm_of_sign_ins_waits_before_it_is_read_and_counted_not_after() -> None:
    """Stops a hundred sign-ins at once from all being looked up before the first is hashed, in other calls' way."""
    hasher = Held()
    sparkle = in_memory(seed=5, hasher=hasher)
    people = [member(sparkle, f"fan{n}") for n in range(8)]

    async def storm() -> tuple[int, list[Outcome]]:
        calls = [asyncio.ensure_future(sparkle.call(LogIn(email=one.email, password=PASSWORD))) for one in people]
        for _ in range(100):
            await asyncio.sleep(0)
        come = hasher.come
        hasher.go_on.set()
        return come, list(await asyncio.gather(*calls))

    come, outcomes = asyncio.run(storm())
    assert come == 2, "one that is hashed, and one that is next"
    assert [outcome.answer.actor.user_id for outcome in outcomes] == [one.id for one in people]


@pytest.mark.parametrize("weaker", [{"min_length": 11}, {"max_length": 11}, {"max_length": 1_025}])
def test_rules_that_would_let_short_passwords_in_refuse_to_load(weaker: dict[str, int]) -> None:
    with pytest.raises(Invalid, match=r"security\.password"):
        from_table(Rules, {"security": {"password": weaker}})
