"""Joining, proving, leaving. Each test of a protection says which attack or race it stops."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from tests.support.clock import later
from tests.support.people import PASSWORD, Somebody, member, newcomer

from sparkle_adapters.codec import JsonCodec
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    Authenticate,
    ChangeRole,
    ChangeStatus,
    DeleteAccount,
    EditProfile,
    LogIn,
    LogOut,
    MyProfile,
    PublicProfile,
    Register,
    RequestEmailCode,
    SearchPeople,
    SignUp,
    VerifyEmail,
)
from sparkle_core.application.economy import BalanceOf, ProveLedger
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.progression import ProgressOf
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import SYSTEM, Actor, Origin, Role, Status
from sparkle_core.domain.accounts.errors import CodeRejected, InvalidCredentials, InvalidStatusTransition, Outranked
from sparkle_core.domain.accounts.people import TRANSITIONS
from sparkle_core.domain.accounts.profiles import SocialHandles
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    IdempotencyConflict,
    Invalid,
    Limited,
    NotFound,
    NotWhile,
    SparkleError,
    StepUpRequired,
    Taken,
    Unauthenticated,
    VersionMismatch,
)
from sparkle_core.domain.moderation.errors import ContentBlocked


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=11)


def proved(sparkle: Sparkle, somebody: Somebody) -> Actor:
    return Actor(user_id=somebody.id, proved_at=sparkle.world.moment().now)


def registration(**changes: object) -> Register:
    fields = {"email": "ada@example.org", "username": "ada", "password": PASSWORD, "agree_to_terms": True}
    return Register(**(fields | changes))  # type: ignore[arg-type]


def test_a_registration_creates_everything_at_once(sparkle: Sparkle) -> None:
    ada = sparkle.run(registration())
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor).available == 100
    assert sparkle.run(ProgressOf(user_id=ada.id), actor=ada.actor).xp == 10
    assert [n.subject for n in sparkle.run(MyNotifications(), actor=ada.actor).items] == ["welcome"]
    assert sparkle.run(MyProfile(), actor=ada.actor).status is Status.PENDING_VERIFICATION
    assert sparkle.mailbox.latest("ada@example.org").kind == "verify_email"


def test_a_registration_that_fails_leaves_nothing(sparkle: Sparkle) -> None:
    sparkle.run(registration())
    with pytest.raises(Taken):
        sparkle.run(registration(email="other@example.org", username="ADA"))
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="other"))
    proof = sparkle.run(ProveLedger(), actor=SYSTEM)
    assert (proof.holds, proof.transfers, len(sparkle.mailbox.letters)) == (True, 1, 1)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"email": "ADA@Example.org", "username": "bob"}, "email"), ({"email": "b@example.org"}, "username")],
)
def test_a_taken_email_or_username_is_named(sparkle: Sparkle, changes: dict[str, object], field: str) -> None:
    sparkle.run(registration())
    with pytest.raises(Taken) as refused:
        sparkle.run(registration(**changes))
    assert refused.value.field == field


def test_every_fault_of_a_registration_is_named_at_once(sparkle: Sparkle) -> None:
    with pytest.raises(Invalid) as refused:
        sparkle.run(registration(email="nobody", username="admin", password="short", agree_to_terms=False))
    assert {f.path for f in refused.value.faults} == {"email", "username", "password", "agree_to_terms"}
    assert len([f for f in refused.value.faults if f.path == "password"]) >= 3


@pytest.mark.parametrize("username", ["ad", "a" * 51, "ada lovelace", "adä", "deleted_5", "Admin", "a-b-c"])
def test_a_username_that_is_none_is_refused(sparkle: Sparkle, username: str) -> None:
    with pytest.raises(Invalid, match="username"):
        sparkle.run(registration(username=username))


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("Corr3ct-hors", None),
        ("Corr3ct-hor", "12 to 128"),
        ("corr3ct-horse-battery", "upper-case"),
        ("CORR3CT-HORSE-BATTERY", "lower-case"),
        ("Correct-horse-battery", "digit"),
        ("Corr3cthorsebattery", "none of these"),
        ("Corr3ct-horse-baaattery", "3 times in a row"),
        ("My-password-is-l0ng", "'password'"),
        ("Lovelace-is-gr8-fun", "'lovelace'"),
        ("Corr3ct-" + "x1" * 61, "12 to 128"),
    ],
)
def test_each_password_rule_is_held(sparkle: Sparkle, password: str, why: str | None) -> None:
    cmd = registration(username="lovelace", password=password)
    if why is None:
        sparkle.run(cmd)
    else:
        with pytest.raises(Invalid, match=why):
            sparkle.run(cmd)


def test_without_a_username_one_is_made_and_a_clash_gets_a_suffix(sparkle: Sparkle) -> None:
    first = sparkle.run(registration(email="grace.hopper@example.org", username=None))
    second = sparkle.run(registration(email="grace.hopper@example.com", username=None))
    assert first.username == "grace_hopper"
    assert second.username.startswith("grace_hopper_")
    assert len(second.username) == len("grace_hopper_") + 4


def test_a_code_verifies_once_and_earns_xp(sparkle: Sparkle) -> None:
    ada = newcomer(sparkle, "ada")
    code = sparkle.mailbox.latest(ada.email).code
    sparkle.run(VerifyEmail(email=ada.email, code=code))
    assert sparkle.run(ProgressOf(user_id=ada.id)).xp == 30
    with pytest.raises(CodeRejected):
        sparkle.run(VerifyEmail(email=ada.email, code=code))


def test_guessing_a_code_ends_after_five_tries_even_with_the_right_one(sparkle: Sparkle) -> None:
    """Stops trying all the million codes."""
    ada = newcomer(sparkle, "ada")
    code = sparkle.mailbox.latest(ada.email).code
    wrong = "000000" if code != "000000" else "000001"
    for _ in range(5):
        with pytest.raises(CodeRejected):
            sparkle.run(VerifyEmail(email=ada.email, code=wrong))
    with pytest.raises(CodeRejected):
        sparkle.run(VerifyEmail(email=ada.email, code=code))


def test_a_code_is_good_for_ten_minutes(sparkle: Sparkle) -> None:
    ada = newcomer(sparkle, "ada")
    later(sparkle, minutes=10)
    with pytest.raises(CodeRejected):
        sparkle.run(VerifyEmail(email=ada.email, code=sparkle.mailbox.latest(ada.email).code))
    sparkle.run(RequestEmailCode(email=ada.email))
    sparkle.run(VerifyEmail(email=ada.email, code=sparkle.mailbox.latest(ada.email).code))


def test_an_unknown_address_and_a_wrong_code_are_refused_alike(sparkle: Sparkle) -> None:
    """Stops finding out who is a member."""
    ada = newcomer(sparkle, "ada")
    refusals = []
    for email in (ada.email, "nobody@example.org"):
        with pytest.raises(CodeRejected) as refused:
            sparkle.run(VerifyEmail(email=email, code="abc"))
        refusals.append((refused.value.code, refused.value.facts(), str(refused.value)))
    assert refusals[0] == refusals[1]


def test_codes_can_be_asked_for_three_times_an_hour_by_anybody_or_nobody(sparkle: Sparkle) -> None:
    """Stops flooding a mailbox, without telling whether it is a member's."""
    ada = newcomer(sparkle, "ada")
    for email in (ada.email, "nobody@example.org"):
        for _ in range(3):
            sparkle.run(RequestEmailCode(email=email))
        with pytest.raises(Limited):
            sparkle.run(RequestEmailCode(email=email))
    assert len(sparkle.mailbox.letters) == 4


def sign_up(email: str, username: str | None = None) -> SignUp:
    return SignUp(email=email, username=username, password=PASSWORD, agree_to_terms=True, birth_date=date(1990, 2, 28))


def test_a_sign_up_registers_by_the_worker(sparkle: Sparkle) -> None:
    assert sparkle.run(sign_up("ada@example.org", "ada")) is None
    sparkle.run(VerifyEmail(email="ada@example.org", code=sparkle.mailbox.latest("ada@example.org").code))
    assert sparkle.run(PublicProfile(username="ada")).username == "ada"


def test_a_sign_up_with_a_known_address_answers_the_same_and_warns_its_owner(sparkle: Sparkle) -> None:
    """Stops finding out who is a member: the answer is None either way; the owner gets a mail."""
    member(sparkle, "ada")
    before = sparkle.run(BalanceOf(user_id=sparkle.run(PublicProfile(username="ada")).id), actor=SYSTEM)
    assert sparkle.run(sign_up("ada@example.org", "eve")) is None
    assert sparkle.mailbox.latest("ada@example.org").kind == "address_in_use"
    assert sparkle.run(BalanceOf(user_id=before.user_id), actor=SYSTEM) == before
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="eve"))


def test_a_sign_up_with_a_username_that_is_taken_is_told_at_once_whoever_asks(sparkle: Sparkle) -> None:
    """Usernames are public; that the address is known too shows in nothing."""
    member(sparkle, "ada")
    for email in ("ada@example.org", "nobody@example.org"):
        with pytest.raises(Taken) as refused:
            sparkle.run(sign_up(email, "ADA"))
        assert refused.value.facts() == {"field": "username"}


def test_two_sign_ups_that_wait_with_one_username_both_get_in(sparkle: Sparkle) -> None:
    waiting = in_memory(seed=11, inline=False)
    for email in ("one@example.org", "two@example.org"):
        waiting.run(sign_up(email, "twin"))
    waiting.run_coroutine(waiting.drain())
    found = waiting.run(SearchPeople(text="", status=Status.PENDING_VERIFICATION, limit=10), actor=SYSTEM)
    usernames = [p.username for p in found.items]
    assert sorted(usernames) == ["twin", "two"]


def test_logging_in_opens_a_session_that_logging_out_ends(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    session = sparkle.run(LogIn(email="ADA@example.org", password=PASSWORD))
    assert session.token.startswith("sess_")
    assert len(session.token) == 5 + 43
    actor = sparkle.run(Authenticate(token=session.token))
    assert actor == session.actor
    assert actor.user_id == ada.id
    sparkle.run(LogOut(), actor=actor)
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=session.token))


def test_a_session_ends_after_thirty_days(sparkle: Sparkle) -> None:
    member(sparkle, "ada")
    session = sparkle.run(LogIn(email="ada@example.org", password=PASSWORD))
    later(sparkle, days=30)
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=session.token))


@pytest.mark.parametrize("token", ["", "sess_", "sess_" + "A" * 43, "nonsense", "x" * 1_024])
def test_a_token_that_was_never_handed_out_opens_nothing(sparkle: Sparkle, token: str) -> None:
    member(sparkle, "ada")
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=token))


def test_no_table_holds_a_token_a_code_or_a_password(sparkle: Sparkle) -> None:
    """Stops a stolen dump from opening accounts."""
    from sparkle_adapters.memory.store import MemoryStore

    ada = newcomer(sparkle, "ada")
    code = sparkle.mailbox.latest(ada.email).code
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    assert isinstance(sparkle.store, MemoryStore)
    dump = repr([table.rows for table in sparkle.store.data.tables.values()])
    assert ada.email in dump
    for secret in (session.token, session.token[5:], code, PASSWORD):
        assert secret not in dump


def refusal(sparkle: Sparkle, email: str, password: str) -> tuple[object, ...]:
    with pytest.raises(SparkleError) as refused:
        sparkle.run(LogIn(email=email, password=password))
    return type(refused.value), refused.value.code, refused.value.facts(), str(refused.value)


def test_unknown_wrong_empty_and_locked_are_one_answer(sparkle: Sparkle) -> None:
    """Stops finding out who is a member, and when an account is locked."""
    member(sparkle, "ada")
    refusals = {
        refusal(sparkle, "nobody@example.org", PASSWORD)[:2],
        refusal(sparkle, "not an address", PASSWORD)[:2],
        refusal(sparkle, "ada@example.org", "Wr0ng-horse-battery")[:2],
        refusal(sparkle, "ada@example.org", "")[:2],
    }
    for _ in range(5):
        refusals.add(refusal(sparkle, "ada@example.org", "Wr0ng-horse-battery")[:2])
    refusals.add(refusal(sparkle, "ada@example.org", PASSWORD)[:2])
    assert refusals == {(InvalidCredentials, "invalid_credentials")}


def test_five_wrong_passwords_lock_the_account_for_fifteen_minutes(sparkle: Sparkle) -> None:
    """Stops guessing passwords one after the other."""
    member(sparkle, "ada")
    for _ in range(5):
        refusal(sparkle, "ada@example.org", "Wr0ng-horse-battery")
    refusal(sparkle, "ada@example.org", PASSWORD)
    later(sparkle, minutes=14)
    refusal(sparkle, "ada@example.org", PASSWORD)
    later(sparkle, minutes=2)
    assert sparkle.run(LogIn(email="ada@example.org", password=PASSWORD)).token


def test_a_right_password_forgives_the_wrong_ones_before_it(sparkle: Sparkle) -> None:
    member(sparkle, "ada")
    for _ in range(3):
        for _ in range(4):
            refusal(sparkle, "ada@example.org", "Wr0ng-horse-battery")
        sparkle.run(LogIn(email="ada@example.org", password=PASSWORD))


def test_one_address_cannot_try_many_accounts(sparkle: Sparkle) -> None:
    """Stops trying one common password on everybody: budgets count by address and network too."""
    member(sparkle, "ada")
    origin = Origin(address="203.0.113.9")
    for n in range(30):
        with pytest.raises(InvalidCredentials):
            sparkle.run(LogIn(email=f"user{n}@example.org", password=PASSWORD), origin=origin)
    with pytest.raises(InvalidCredentials):
        sparkle.run(LogIn(email="ada@example.org", password=PASSWORD), origin=origin)
    assert sparkle.run(LogIn(email="ada@example.org", password=PASSWORD), origin=Origin(address="198.51.100.1")).token


def test_deleting_needs_a_fresh_proof_and_ends_every_session(sparkle: Sparkle) -> None:
    """Stops somebody at an unlocked screen from deleting the account."""
    ada = member(sparkle, "ada")
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    later(sparkle, minutes=6)
    with pytest.raises(StepUpRequired):
        sparkle.run(DeleteAccount(), actor=session.actor)
    fresh = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    sparkle.run(DeleteAccount(), actor=fresh.actor)
    for token in (session.token, fresh.token):
        with pytest.raises(Unauthenticated):
            sparkle.run(Authenticate(token=token))
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="ada"))
    with pytest.raises(Taken):
        sparkle.run(registration())


@pytest.mark.parametrize("before", list(Status))
@pytest.mark.parametrize("after", list(Status))
def test_status_moves_as_the_spec_says_and_no_other_way(sparkle: Sparkle, before: Status, after: Status) -> None:
    somebody = newcomer(sparkle, "ada")
    steps = {
        Status.PENDING_VERIFICATION: (),
        Status.ACTIVE: (Status.ACTIVE,),
        Status.SUSPENDED: (Status.ACTIVE, Status.SUSPENDED),
        Status.BANNED: (Status.ACTIVE, Status.BANNED),
        Status.DELETED: (Status.DELETED,),
    }
    for step in steps[before]:
        sparkle.run(ChangeStatus(user_id=somebody.id, status=step, reason="test"), actor=SYSTEM)
    change = ChangeStatus(user_id=somebody.id, status=after, reason="test")
    if after in TRANSITIONS[before]:
        sparkle.run(change, actor=SYSTEM)
        found = sparkle.run(SearchPeople(status=after), actor=SYSTEM).items
        assert [p.id for p in found] == ([] if after is Status.DELETED else [somebody.id])
    else:
        with pytest.raises(InvalidStatusTransition) as refused:
            sparkle.run(change, actor=SYSTEM)
        assert (refused.value.from_status, refused.value.to_status) == (before.value, after.value)


def test_a_suspension_ends_by_the_clock(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.SUSPENDED, reason="rude"), actor=SYSTEM)
    with pytest.raises(NotWhile) as refused:
        sparkle.run(EditProfile(bio="hello"), actor=ada.actor)
    assert refused.value.account_status == "SUSPENDED"
    assert refused.value.until is not None
    later(sparkle, days=7)
    assert sparkle.run(EditProfile(bio="hello"), actor=ada.actor).profile.bio == "hello"


def test_rights_are_never_stale(sparkle: Sparkle) -> None:
    """Stops a session opened before a ban from going on."""
    ada = member(sparkle, "ada")
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.BANNED, reason="fraud"), actor=SYSTEM)
    with pytest.raises(NotWhile):
        sparkle.run(EditProfile(bio="hello"), actor=session.actor)
    assert sparkle.run(LogIn(email=ada.email, password=PASSWORD)).status is Status.BANNED


def test_a_ban_needs_a_reason(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    with pytest.raises(Invalid, match="reason"):
        sparkle.run(ChangeStatus(user_id=ada.id, status=Status.BANNED, reason=""), actor=SYSTEM)


@pytest.mark.parametrize("target", [Role.ADMIN, Role.SYSTEM])
def test_nobody_sanctions_an_equal_or_higher_role(sparkle: Sparkle, target: Role) -> None:
    """Stops one admin from taking the community over by banning the others."""
    admin = member(sparkle, "boss", Role.ADMIN)
    other = member(sparkle, "other")
    if target is Role.ADMIN:
        sparkle.run(ChangeRole(user_id=other.id, role=Role.ADMIN), actor=SYSTEM)
        with pytest.raises(Outranked):
            sparkle.run(ChangeStatus(user_id=other.id, status=Status.BANNED, reason="coup"), actor=admin.actor)
    with pytest.raises(Outranked):
        sparkle.run(ChangeRole(user_id=other.id, role=target), actor=admin.actor)


def test_members_change_nobodys_status(sparkle: Sparkle) -> None:
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob")
    with pytest.raises(Forbidden):
        sparkle.run(ChangeStatus(user_id=bob.id, status=Status.BANNED, reason="spite"), actor=ada.actor)


def test_editing_keeps_what_is_left_out_and_refuses_a_stale_version(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    first = sparkle.run(EditProfile(bio="I compute", location="London"), actor=ada.actor)
    second = sparkle.run(EditProfile(bio="", expected_version=first.version), actor=ada.actor)
    assert (second.profile.bio, second.profile.location) == ("", "London")
    with pytest.raises(VersionMismatch) as refused:
        sparkle.run(EditProfile(bio="lost update", expected_version=first.version), actor=ada.actor)
    assert (refused.value.expected, refused.value.actual) == (first.version, second.version)


@pytest.mark.parametrize("website", ["javascript:alert(1)", "ftp://x.example", "example.org"])
def test_a_link_is_a_web_address(sparkle: Sparkle, website: str) -> None:
    """Stops a link that runs script on whoever clicks it."""
    ada = member(sparkle, "ada")
    with pytest.raises(Invalid, match="website"):
        sparkle.run(EditProfile(website=website), actor=ada.actor)


def test_a_phone_number_is_shown_to_its_owner_and_to_nobody_else(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    admin = member(sparkle, "boss", Role.ADMIN)
    edited = sparkle.run(EditProfile(phone="+49 (30) 90-18 20"), actor=ada.actor)
    assert edited.has_phone
    assert sparkle.run(MyProfile(), actor=ada.actor).phone == "+4930901820"
    told = [
        edited,
        sparkle.run(PublicProfile(username="ada"), actor=admin.actor),
        sparkle.run(PublicProfile(username="ada"), actor=SYSTEM),
        sparkle.run(SearchPeople(text="ada"), actor=admin.actor),
        sparkle.run(MyProfile(), actor=admin.actor),
    ]
    assert "901820" not in JsonCodec().encode(told)
    assert "901820" not in repr([EditProfile(phone="+4930901820"), sparkle.run(MyProfile(), actor=ada.actor)])


def test_a_phone_number_stays_until_it_is_changed_or_cleared(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    assert sparkle.run(MyProfile(), actor=ada.actor).phone is None
    sparkle.run(EditProfile(phone="+4930901820"), actor=ada.actor)
    assert sparkle.run(EditProfile(bio="Hi"), actor=ada.actor).has_phone
    sparkle.run(EditProfile(phone="+1 202-555-0143"), actor=ada.actor)
    assert sparkle.run(MyProfile(), actor=ada.actor).phone == "+12025550143"
    assert not sparkle.run(EditProfile(phone=""), actor=ada.actor).has_phone
    assert sparkle.run(MyProfile(), actor=ada.actor).phone is None


@pytest.mark.parametrize(
    "phone",
    ["030 901820", "+0301234567", "+49", "+49123456789012345", "+49 30 CALLME", "+٤٩٣٠٩٠١٨٢٠", "0049 30 901820", " "],
)
def test_a_phone_number_is_international(sparkle: Sparkle, phone: str) -> None:
    ada = member(sparkle, "ada")
    with pytest.raises(Invalid, match=r"phone: must be an international number") as refused:
        sparkle.run(EditProfile(phone=phone, time_zone="Europe/Berlino"), actor=ada.actor)
    assert [f.path for f in refused.value.faults] == ["time_zone", "phone"]


def test_the_same_key_with_another_phone_number_is_another_command(sparkle: Sparkle) -> None:
    """Stops a changed number from being lost because its key was used before."""
    ada = member(sparkle, "ada")
    sparkle.run(EditProfile(phone="+4930901820"), actor=ada.actor, key="k")
    assert sparkle.run(EditProfile(phone="+4930901820"), actor=ada.actor, key="k").has_phone
    with pytest.raises(IdempotencyConflict):
        sparkle.run(EditProfile(phone="+12025550143"), actor=ada.actor, key="k")


def test_a_complete_profile_is_worth_a_hundred(sparkle: Sparkle) -> None:
    ada = newcomer(sparkle, "ada")
    assert sparkle.run(MyProfile(), actor=ada.actor).completeness == 20
    sparkle.run(VerifyEmail(email=ada.email, code=sparkle.mailbox.latest(ada.email).code))
    half = sparkle.run(EditProfile(image="https://x.example/a.png", bio="Hi", display_name="Ada L."), actor=ada.actor)
    assert (half.completeness, half.completed) == (70, False)
    links = SocialHandles(twitter="ada", instagram="ada", youtube="ada")
    full = sparkle.run(EditProfile(location="London", website="https://x.example", social=links), actor=ada.actor)
    assert (full.completeness, full.completed) == (100, True)


def test_search_looks_at_names_and_bios_without_regard_to_case(sparkle: Sparkle) -> None:
    ada, bob = member(sparkle, "ada"), member(sparkle, "bob", Role.VERIFIED_CREATOR)
    sparkle.run(EditProfile(display_name="Ádám Straße"), actor=ada.actor)
    sparkle.run(EditProfile(bio="I love 100% ADA_code"), actor=bob.actor)

    def found(text: str) -> list[str]:
        return [p.username for p in sparkle.run(SearchPeople(text=text)).items]

    assert found("ada") == ["bob", "ada"]
    assert found("ÁDÁM") == ["ada"]
    assert found("STRASSE") == ["ada"]
    assert found("0% a") == ["bob"]
    assert found("a_c") == ["bob"]
    assert found("zzz") == []


def test_search_pages_and_filters(sparkle: Sparkle) -> None:
    for n in range(5):
        member(sparkle, f"fan{n}")
    first = sparkle.run(SearchPeople(text="fan", limit=3))
    rest = sparkle.run(SearchPeople(text="fan", limit=3, after=first.next))
    assert [p.username for p in (*first.items, *rest.items)] == [f"fan{n}" for n in range(5)]
    assert sparkle.run(SearchPeople(role=Role.ADMIN)).items == ()
    with pytest.raises(Forbidden):
        sparkle.run(SearchPeople(status=Status.BANNED))


def test_a_banned_persons_profile_is_gone_and_a_suspended_ones_is_not(sparkle: Sparkle) -> None:
    member(sparkle, "ada")
    ada = sparkle.run(PublicProfile(username="ada")).id
    sparkle.run(ChangeStatus(user_id=ada, status=Status.SUSPENDED, reason="rude"), actor=SYSTEM)
    assert sparkle.run(PublicProfile(username="ADA")).id == ada
    sparkle.run(ChangeStatus(user_id=ada, status=Status.BANNED, reason="rude again"), actor=SYSTEM)
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="ada"))


def test_what_has_had_its_time_is_removed(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    sparkle.run(sign_up("bob@example.org", "bob"))
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    sparkle.run(EditProfile(bio="hello"), actor=session.actor, key="k")
    assert sparkle.run(TidyUp(), actor=SYSTEM).rows == 0
    later(sparkle, days=100)
    assert sparkle.run(TidyUp(), actor=SYSTEM).rows > 10
    assert sparkle.run(TidyUp(), actor=SYSTEM).rows == 0
    assert sparkle.run(PublicProfile(username="ada")).username == "ada"


@pytest.mark.parametrize("whose", ["nobody's yet", "a member's"])
def test_sign_ups_mail_an_address_three_letters_an_hour(sparkle: Sparkle, whose: str) -> None:
    """Stops flooding a mailbox by signing up with it from everywhere, each letter with five more tries at a code."""
    if whose == "a member's":
        member(sparkle, "ada")
    before = len(sparkle.mailbox.letters)
    for n in range(12):
        origin = Origin(address=f"203.0.113.{n}")
        assert sparkle.run(sign_up("ada@example.org", f"ada{n}"), origin=origin) is None
    assert len(sparkle.mailbox.letters) - before == 3
    with pytest.raises(Limited):
        sparkle.run(RequestEmailCode(email="ADA@example.org"))
    later(sparkle, hours=1)
    sparkle.run(sign_up("ada@example.org", "ada12"))
    assert len(sparkle.mailbox.letters) - before == 4


def test_a_sign_up_past_three_an_hour_is_forgotten(sparkle: Sparkle) -> None:
    """Stops filling the table with sign-ups of one address."""
    from sparkle_adapters.memory.store import MemoryStore

    for _ in range(3):
        sparkle.run(RequestEmailCode(email="ada@example.org"))
    sparkle.run(sign_up("ada@example.org", "ada"))
    assert isinstance(sparkle.store, MemoryStore)
    assert sparkle.store.data.tables["sign_up"].rows == {}
    assert sparkle.mailbox.letters == []
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="ada"))


def test_a_finished_sign_up_leaves_no_password_hash_behind(sparkle: Sparkle) -> None:
    from sparkle_adapters.memory.store import MemoryStore

    sparkle.run(sign_up("ada@example.org", "ada"))
    assert isinstance(sparkle.store, MemoryStore)
    assert sparkle.store.data.tables["sign_up"].rows == {}


@pytest.mark.parametrize("make", [registration, lambda username: sign_up("ada@example.org", username)])
def test_a_username_that_poses_as_the_team_is_blocked(sparkle: Sparkle, make: Callable[..., Command[object]]) -> None:
    """Stops impersonating the community's staff, in disguise too."""
    with pytest.raises(ContentBlocked):
        sparkle.run(make(username="Sp4rkle_Te4m"))


@pytest.mark.parametrize("join", [registration, sign_up])
def test_a_username_made_of_the_email_does_not_pose_as_the_team_either(
    sparkle: Sparkle, join: Callable[..., Command[object]]
) -> None:
    """Stops getting by an address the name that is blocked when one asks for it."""
    for host in ("example.org", "example.com"):
        sparkle.run(join(email=f"sp4rkle_te4m@{host}", username=None))
        sparkle.run(VerifyEmail(email=f"sp4rkle_te4m@{host}", code=sparkle.mailbox.latest(f"sp4rkle_te4m@{host}").code))
    names = [person.username for person in sparkle.run(SearchPeople()).items]
    assert len(set(names)) == 2
    assert all(re.fullmatch("fan_[0-9a-z]{4}", name) for name in names)
