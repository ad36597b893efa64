"""Children: who is one and until when, what a guardian's consent changes, and how it is given and taken back."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve
from tests.support.children import GUARDIAN, aged, agree, child, minor_of, today, token_in
from tests.support.people import PASSWORD, being_erased, member, newcomer
from tests.unit.test_permissions import TABLE, Reached, told

from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application import catalog
from sparkle_core.application.accounts import (
    EditProfile,
    GiveGuardianConsent,
    LogIn,
    MyProfile,
    PublicProfile,
    Register,
    RequestGuardianConsent,
    SearchPeople,
    SignUp,
    VerifyEmail,
    WithdrawGuardianConsent,
)
from sparkle_core.application.content import PublishPost
from sparkle_core.application.economy import SendTip
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.rules import Rules
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import SYSTEM, Actor, Role, Status
from sparkle_core.domain.accounts.countries import COUNTRIES
from sparkle_core.domain.accounts.errors import ConsentRejected
from sparkle_core.domain.accounts.guardians import birthday, minor_until
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.content import Article, RichText
from sparkle_core.domain.kernel.actors import Minor, Standing
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    GuardianConsentRequired,
    Invalid,
    Limited,
    NotFound,
    NotWhile,
    TooYoung,
)
from sparkle_core.domain.kernel.rules import from_table

POST = PublishPost(title="Bread", content=Article(body=RichText.of("Two cups of flour, one of water.")))


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=11)


def world(sparkle: Sparkle) -> SeededWorld:
    assert isinstance(sparkle.world, SeededWorld)
    return sparkle.world


@pytest.mark.parametrize(
    ("born", "age", "on"),
    [
        (date(2013, 11, 26), 13, date(2026, 11, 26)),
        (date(2016, 2, 29), 13, date(2029, 3, 1)),
        (date(2016, 2, 29), 16, date(2032, 2, 29)),
        (date(2015, 12, 31), 13, date(2028, 12, 31)),
    ],
)
def test_one_reaches_an_age_on_a_birthday(born: date, age: int, on: date) -> None:
    assert birthday(born, age) == on


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("UTC", datetime(2026, 11, 26, tzinfo=UTC)),
        ("Asia/Tokyo", datetime(2026, 11, 25, 15, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 26, 5, tzinfo=UTC)),
    ],
)
def test_a_birthday_begins_at_midnight_on_ones_own_clock(zone: str, at: datetime) -> None:
    born, own = date(2013, 11, 26), ZoneInfo(zone)
    before = at - timedelta(microseconds=1)
    assert minor_until(born, 13, own, before) == at
    assert minor_until(born, 13, own, at) is None


@pytest.mark.parametrize(
    ("years", "days", "is_child"), [(12, 0, True), (12, 364, True), (13, 0, False), (40, 0, False)]
)
def test_who_is_under_13_is_a_child(sparkle: Sparkle, years: int, days: int, is_child: bool) -> None:
    born = aged(sparkle, years, days)
    command = Register(email="kid@example.org", password=PASSWORD, agree_to_terms=True, birth_date=born)
    if not is_child:
        joined = sparkle.run(command)
        assert sparkle.run(MyProfile(), actor=joined.actor).minor is None
        return
    with pytest.raises(Invalid, match="guardian_email: is needed: who is under 13"):
        sparkle.run(command)
    joined = sparkle.run(evolve(command, guardian_email=GUARDIAN))
    assert sparkle.run(MyProfile(), actor=joined.actor).minor is Minor.WITHOUT_CONSENT


def test_from_which_age_on_is_said_by_country() -> None:
    rules = from_table(Rules, {"accounts": {"age_of_consent_by_country": {"DE": 16, "FR": 15}}})
    for country, years, is_child in (("DE", 15, True), ("DE", 16, False), ("FR", 15, False), ("US", 13, False)):
        sparkle = in_memory(seed=11, rules=rules)
        joined = sparkle.run(
            Register(
                email="kid@example.org",
                password=PASSWORD,
                agree_to_terms=True,
                birth_date=aged(sparkle, years),
                country=country,
                guardian_email=GUARDIAN,
            )
        )
        own = sparkle.run(MyProfile(), actor=joined.actor)
        assert ((own.minor is not None), own.country) == (is_child, country)
        assert any(letter.to == GUARDIAN for letter in sparkle.mailbox.letters) is is_child


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"age_of_consent": 12}, "age_of_consent: must be from 13 to 21"),
        ({"age_of_consent": 22}, "age_of_consent: must be from 13 to 21"),
        ({"age_of_consent_by_country": {"DE": 12}}, "DE: must be from 13 to 21"),
        ({"age_of_consent_by_country": {"XX": 16}}, "'XX' is no country"),
        ({"age_of_consent_by_country": {"de": 16}}, "'de' is no country"),
        ({"guardian_days": 0}, "guardian_days"),
    ],
)
def test_rules_under_which_children_decide_alone_refuse_to_load(said: dict[str, object], fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        from_table(Rules, {"accounts": said})


def test_the_rules_hold_where_they_are_made_in_code_too() -> None:
    with pytest.raises(Invalid, match=r"age_of_consent_by_country\.DE: must be from 13 to 21"):
        AccountsRules(age_of_consent_by_country={"DE": 12})


def test_there_are_the_249_countries_of_the_standard() -> None:
    assert len(COUNTRIES) == 249
    assert {"DE", "US", "GB", "ZW", "AD"} <= COUNTRIES
    assert not {"EU", "UK", "XX", "AN"} & COUNTRIES


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"birth_date": date(1899, 12, 31)}, "birth_date"),
        ({"birth_date": date(2999, 1, 1)}, "birth_date"),
        ({"country": "XX"}, "country"),
        ({"guardian_email": "nobody"}, "guardian_email"),
        ({"guardian_email": "KID@example.org"}, "guardian_email"),
    ],
)
def test_what_cannot_be_is_named(sparkle: Sparkle, changes: dict[str, object], field: str) -> None:
    """Among it a child who would be their own guardian."""
    fields: dict[str, object] = {
        "email": "kid@example.org",
        "password": PASSWORD,
        "agree_to_terms": True,
        "birth_date": aged(sparkle, 12),
        "guardian_email": GUARDIAN,
    }
    with pytest.raises(Invalid) as refused:
        sparkle.run(SignUp(**fields | changes))  # type: ignore[arg-type]
    assert [fault.path for fault in refused.value.faults] == [field]


def test_the_first_and_the_last_day_that_one_can_be_born_on(sparkle: Sparkle) -> None:
    for n, born in enumerate((date(1900, 1, 1), today(sparkle))):
        command = SignUp(
            email=f"kid{n}@example.org",
            password=PASSWORD,
            agree_to_terms=True,
            birth_date=born,
            guardian_email=GUARDIAN,
        )
        sparkle.run(command)
    with pytest.raises(Invalid, match="birth_date"):
        sparkle.run(evolve(command, birth_date=today(sparkle) + timedelta(days=1)))


def test_whose_age_nobody_asked_for_is_old_enough(sparkle: Sparkle) -> None:
    assert sparkle.run(MyProfile(), actor=member(sparkle, "ada").actor).minor is None


def test_a_child_signs_up_over_the_worker_and_their_guardian_is_asked(sparkle: Sparkle) -> None:
    command = SignUp(
        email="kid@example.org",
        username="kid",
        password=PASSWORD,
        agree_to_terms=True,
        birth_date=aged(sparkle, 12),
        country="DE",
        guardian_email=GUARDIAN,
    )
    sparkle.run(command)
    sparkle.run(VerifyEmail(email="kid@example.org", code=sparkle.mailbox.latest("kid@example.org").code))
    own = sparkle.run(MyProfile(), actor=sparkle.run(LogIn(email="kid@example.org", password=PASSWORD)).actor)
    assert (own.minor, own.birth_date, own.country) == (Minor.WITHOUT_CONSENT, aged(sparkle, 12), "DE")
    letter = sparkle.mailbox.latest(GUARDIAN)
    assert (letter.kind, letter.data["username"]) == ("guardian_consent", "kid")


def test_until_consent_a_child_can_do_no_more_than_before_verifying(sparkle: Sparkle) -> None:
    kid = child(sparkle)
    assert sparkle.run(MyProfile(), actor=kid.actor).status is Status.ACTIVE
    with pytest.raises(GuardianConsentRequired):
        sparkle.run(POST, actor=kid.actor)
    agree(sparkle)
    sparkle.run(POST, actor=kid.actor)
    ada = member(sparkle, "ada")
    with pytest.raises(TooYoung):
        sparkle.run(SendTip(to=ada.id, amount=1), actor=kid.actor)


def test_a_child_gets_no_points_or_things_from_others(sparkle: Sparkle) -> None:
    """Money that is given to children leads to messages that they are not to get."""
    kid, ada = child(sparkle), member(sparkle, "ada")
    agree(sparkle)
    with pytest.raises(NotFound):
        sparkle.run(SendTip(to=kid.id, amount=1), actor=ada.actor)


def test_a_child_has_no_public_profile_and_is_not_found_with_consent_or_without(sparkle: Sparkle) -> None:
    kid, _ = child(sparkle), member(sparkle, "ada")
    for _ in range(2):
        with pytest.raises(NotFound):
            sparkle.run(PublicProfile(username="kid"))
        for status in (None, Status.ACTIVE):
            found = sparkle.run(SearchPeople(text="", status=status), actor=SYSTEM).items
            assert [person.username for person in found] == ["ada"]
        if minor_of(sparkle, kid) is Minor.WITHOUT_CONSENT:
            agree(sparkle)


def test_on_the_birthday_it_is_over_by_the_clock_alone(sparkle: Sparkle) -> None:
    """With no job that could be late, and without consent too."""
    kid = child(sparkle)
    until = minor_until(aged(sparkle, 12), 13, UTC, world(sparkle).now)
    assert until is not None
    world(sparkle).advance(until - world(sparkle).now - timedelta(seconds=1))
    assert minor_of(sparkle, kid) is Minor.WITHOUT_CONSENT
    world(sparkle).advance(timedelta(seconds=1))
    assert minor_of(sparkle, kid) is None
    sparkle.run(POST, actor=kid.actor)
    assert sparkle.run(PublicProfile(username="kid")).username == "kid"
    assert [p.username for p in sparkle.run(SearchPeople(text="kid")).items] == ["kid"]


def test_another_time_zone_moves_the_birthday_with_it(sparkle: Sparkle) -> None:
    kid = child(sparkle)
    agree(sparkle)
    until = minor_until(aged(sparkle, 12), 13, UTC, world(sparkle).now)
    assert until is not None
    sparkle.run(EditProfile(time_zone="America/New_York", display_name="Kid"), actor=kid.actor)
    world(sparkle).advance(until - world(sparkle).now + timedelta(hours=1))
    assert minor_of(sparkle, kid) is Minor.WITH_CONSENT
    sparkle.run(EditProfile(time_zone="Asia/Tokyo"), actor=kid.actor)
    assert minor_of(sparkle, kid) is None
    sparkle.run(EditProfile(time_zone="America/New_York"), actor=kid.actor)
    assert minor_of(sparkle, kid) is None, "whoever was old enough does not become a child again"


def test_consent_works_once_and_for_fourteen_days(sparkle: Sparkle) -> None:
    """Stops a letter that somebody finds later from speaking for the guardian."""
    child(sparkle)
    token = token_in(sparkle, "guardian_consent")
    world(sparkle).advance(timedelta(days=14, seconds=-1))
    sparkle.run(GiveGuardianConsent(token=token))
    with pytest.raises(ConsentRejected):
        sparkle.run(GiveGuardianConsent(token=token))
    other = child(sparkle, "other")
    late = token_in(sparkle, "guardian_consent")
    world(sparkle).advance(timedelta(days=14))
    with pytest.raises(ConsentRejected):
        sparkle.run(GiveGuardianConsent(token=late))
    assert minor_of(sparkle, other) is Minor.WITHOUT_CONSENT


@pytest.mark.parametrize("token", ["", "guard_", "guard_nothing", "x" * 1_024, "reset_nothing"])
def test_a_token_that_was_never_mailed_does_nothing(sparkle: Sparkle, token: str) -> None:
    child(sparkle)
    for command in (GiveGuardianConsent(token=token), WithdrawGuardianConsent(token=token)):
        with pytest.raises(ConsentRejected):
            sparkle.run(command)


def test_consent_can_be_taken_back_and_given_again(sparkle: Sparkle) -> None:
    kid = child(sparkle)
    consent = token_in(sparkle, "guardian_consent")
    agree(sparkle)
    withdrawal = token_in(sparkle, "guardian_consented")
    with pytest.raises(ConsentRejected):
        sparkle.run(GiveGuardianConsent(token=withdrawal))
    sparkle.run(WithdrawGuardianConsent(token=withdrawal))
    assert minor_of(sparkle, kid) is Minor.WITHOUT_CONSENT
    with pytest.raises(GuardianConsentRequired):
        sparkle.run(POST, actor=kid.actor)
    assert sparkle.mailbox.latest(GUARDIAN).kind == "guardian_withdrew"
    for command in (WithdrawGuardianConsent(token=withdrawal), GiveGuardianConsent(token=consent)):
        with pytest.raises(ConsentRejected):
            sparkle.run(command)
    sparkle.run(RequestGuardianConsent(email="other@example.org"), actor=kid.actor)
    agree(sparkle)
    assert minor_of(sparkle, kid) is Minor.WITH_CONSENT
    told = [n.subject.partition(":")[0] for n in sparkle.run(MyNotifications(), actor=kid.actor).items]
    assert told.count("guardian_consent_given") == 2
    assert told.count("guardian_consent_withdrawn") == 1


def test_whoever_is_asked_anew_takes_the_place_of_who_was_asked_before(sparkle: Sparkle) -> None:
    """Stops an address that was mistyped from consenting later."""
    kid = child(sparkle)
    mistyped = token_in(sparkle, "guardian_consent")
    sparkle.run(RequestGuardianConsent(email="right@example.org"), actor=kid.actor)
    with pytest.raises(ConsentRejected):
        sparkle.run(GiveGuardianConsent(token=mistyped))
    assert sparkle.mailbox.latest("right@example.org").kind == "guardian_consent"


def test_guardians_can_be_asked_three_times_an_hour(sparkle: Sparkle) -> None:
    """Stops a child's account from flooding somebody's mailbox."""
    kid = child(sparkle)
    for _ in range(3):
        sparkle.run(RequestGuardianConsent(email=GUARDIAN), actor=kid.actor)
    with pytest.raises(Limited):
        sparkle.run(RequestGuardianConsent(email=GUARDIAN), actor=kid.actor)


@pytest.mark.parametrize(("email", "refusal"), [("kid@example.org", Invalid), ("nobody", Invalid)])
def test_a_child_is_not_their_own_guardian_later_either(sparkle: Sparkle, email: str, refusal: type[Exception]) -> None:
    kid = child(sparkle)
    with pytest.raises(refusal):
        sparkle.run(RequestGuardianConsent(email=email), actor=kid.actor)


def test_nobody_else_has_a_guardian_asked(sparkle: Sparkle) -> None:
    ada, kid = member(sparkle, "ada"), child(sparkle)
    agree(sparkle)
    for somebody in (ada, kid):
        with pytest.raises(NotFound):
            sparkle.run(RequestGuardianConsent(email=GUARDIAN), actor=somebody.actor)


def test_who_has_left_cannot_be_consented_to(sparkle: Sparkle) -> None:
    kid = child(sparkle)
    token = token_in(sparkle, "guardian_consent")
    being_erased(sparkle, kid.id)
    with pytest.raises(ConsentRejected):
        sparkle.run(GiveGuardianConsent(token=token))


def test_a_guardian_who_never_answers_is_forgotten(sparkle: Sparkle) -> None:
    child(sparkle)
    world(sparkle).advance(timedelta(days=16))
    sparkle.run(TidyUp(), actor=SYSTEM)
    assert isinstance(sparkle.store, MemoryStore)
    assert GUARDIAN not in repr(sparkle.store.data.tables["guardian_consent"].rows)


def test_no_table_holds_a_birth_date_or_a_guardians_token(sparkle: Sparkle) -> None:
    """Stops a stolen dump from telling when children were born, and from speaking for their guardians."""
    child(sparkle)
    consent = token_in(sparkle, "guardian_consent")
    agree(sparkle)
    withdrawal = token_in(sparkle, "guardian_consented")
    waiting = in_memory(seed=12, inline=False)
    born = date(1990, 2, 28)
    waiting.run(SignUp(email="a@example.org", password=PASSWORD, agree_to_terms=True, birth_date=born))
    for community in (sparkle, waiting):
        assert isinstance(community.store, MemoryStore)
        dump = repr([table.rows for table in community.store.data.tables.values()])
        for secret in (aged(sparkle, 12).isoformat(), born.isoformat(), consent, withdrawal):
            assert secret not in dump


def test_a_birth_date_is_shown_to_its_owner_alone(sparkle: Sparkle) -> None:
    joined = sparkle.run(
        Register(
            email="a@example.org", username="ada", password=PASSWORD, agree_to_terms=True, birth_date=date(1990, 2, 28)
        )
    )
    sparkle.run(VerifyEmail(email="a@example.org", code=sparkle.mailbox.latest("a@example.org").code))
    assert sparkle.run(MyProfile(), actor=joined.actor).birth_date == date(1990, 2, 28)
    assert "1990" not in repr(sparkle.run(PublicProfile(username="ada")))


NOT_FOR_CHILDREN = {
    *("SendTip", "Convert"),
    *("BuyItem", "RefundPurchase"),
    *("MakeOffer", "CounterOffer", "AcceptOffer", "DeclineOffer", "CancelOffer"),
    *("ListThing", "BuyListing", "CancelListing"),
    *("StartAuction", "Bid", "CancelAuction"),
}
"""What a guardian's consent does not open: trading and money."""


def wanted(name: str, minor: Minor | None) -> type[Exception]:
    """What an active child, or somebody who is none, is told of a request, by the table of permissions."""
    who, statuses = TABLE[name]
    if who not in ("anybody", "member"):
        return Forbidden
    if "A" not in statuses:
        return NotWhile
    if minor is Minor.WITHOUT_CONSENT and "P" not in statuses:
        return TooYoung if name in NOT_FOR_CHILDREN else GuardianConsentRequired
    if minor is Minor.WITH_CONSENT and name in NOT_FOR_CHILDREN:
        return TooYoung
    return Reached


@pytest.mark.parametrize("minor", [None, *Minor])
def test_every_request_answers_children_and_others_as_the_table_says(sparkle: Sparkle, minor: Minor | None) -> None:
    actor = Actor(user_id=newcomer(sparkle, "ada").id, proved_at=world(sparkle).now)
    standing = Standing(role=Role.USER, status=Status.ACTIVE, minor=minor)
    for use in catalog.USE_CASES:
        name = use.request.__name__
        assert told(sparkle.dispatcher, use, actor, standing) is wanted(name, minor), name
    assert TABLE.keys() >= NOT_FOR_CHILDREN


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.ADMIN])
def test_a_role_gives_a_child_nothing_that_children_may_not(sparkle: Sparkle, role: Role) -> None:
    actor = Actor(user_id=newcomer(sparkle, "ada").id, proved_at=world(sparkle).now)
    child_ = Standing(role=role, status=Status.ACTIVE, minor=Minor.WITH_CONSENT)
    privileged = [u for u in catalog.USE_CASES if TABLE[u.request.__name__][0] in ("moderator", "admin")]
    assert {told(sparkle.dispatcher, use, actor, child_) for use in privileged} <= {TooYoung, Forbidden}


def test_a_banned_child_is_told_of_the_ban_and_not_of_their_age(sparkle: Sparkle) -> None:
    actor = Actor(user_id=newcomer(sparkle, "ada").id)
    banned = Standing(role=Role.USER, status=Status.BANNED, minor=Minor.WITH_CONSENT)
    uses: dict[str, Callable[..., object]] = {u.request.__name__: u for u in catalog.USE_CASES}  # type: ignore[misc]
    for name in ("PublishPost", "SendTip"):
        assert told(sparkle.dispatcher, uses[name], actor, banned) is NotWhile  # type: ignore[arg-type]
