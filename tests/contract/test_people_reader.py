"""What every reader of people answers: in memory, on SQLite, on PostgreSQL."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from attrs import evolve

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import (
    ChangeRole,
    ChangeStatus,
    EditProfile,
    GiveGuardianConsent,
    PublicProfile,
    Register,
    SearchPeople,
    VerifyEmail,
)
from sparkle_core.application.content import PublishPost
from sparkle_core.application.progression import AwardXp
from sparkle_core.domain.accounts import SYSTEM, Actor, Role, Status
from sparkle_core.domain.accounts.profiles import SocialHandles
from sparkle_core.domain.content import Discussion, RichText
from sparkle_core.domain.kernel.errors import NotFound
from tests.communities import PASSWORD, STORES, community


@pytest.fixture(params=STORES)
def sparkle(request: pytest.FixtureRequest) -> Iterator[Sparkle]:
    with community(request.param, seed=9, inline=True) as sparkle:
        yield sparkle


def join(sparkle: Sparkle, name: str, role: Role = Role.USER) -> Actor:
    email = f"{name}@example.org"
    joined = sparkle.run(Register(email=email, username=name, password=PASSWORD, agree_to_terms=True))
    sparkle.run(VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code))
    if role is not Role.USER:
        sparkle.run(ChangeRole(user_id=joined.id, role=role), actor=SYSTEM)
    return joined.actor


def test_children_are_neither_shown_nor_found_until_their_birthday(sparkle: Sparkle) -> None:
    """By the clock, as suspensions end: on every store, whoever asks, with consent or without."""
    assert isinstance(sparkle.world, SeededWorld)
    born = sparkle.world.now.date().replace(year=sparkle.world.now.year - 13) + timedelta(days=1)
    guardian = "guardian@example.org"
    said = Register(email="kid@example.org", username="kid", password=PASSWORD, agree_to_terms=True)
    sparkle.run(evolve(said, birth_date=born, guardian_email=guardian))
    sparkle.run(VerifyEmail(email="kid@example.org", code=sparkle.mailbox.latest("kid@example.org").code))
    sparkle.run(GiveGuardianConsent(token=sparkle.mailbox.latest(guardian).data["token"]))
    join(sparkle, "Ada")
    assert (found(sparkle), found(sparkle, status=Status.ACTIVE)) == (["Ada"], ["Ada"])
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="kid"))
    sparkle.world.advance(timedelta(days=1))
    assert sorted(found(sparkle)) == ["Ada", "kid"]
    assert sparkle.run(PublicProfile(username="kid")).username == "kid"


def found(sparkle: Sparkle, text: str = "", *, status: Status | None = None, role: Role | None = None) -> list[str]:
    return [p.username for p in sparkle.run(SearchPeople(text=text, status=status, role=role), actor=SYSTEM).items]


def test_a_public_profile_shows_what_everybody_may_see(sparkle: Sparkle) -> None:
    ada = join(sparkle, "Ada", Role.VERIFIED_CREATOR)
    edit = EditProfile(
        display_name="Ada Lovelace", bio="Numbers.", social=SocialHandles(youtube="ada"), interests=("engines", "maths")
    )
    sparkle.run(edit, actor=ada)
    assert ada.user_id is not None
    sparkle.run(AwardXp(user_id=ada.user_id, amount=250, source="gift", subject="x"), actor=SYSTEM)
    sparkle.run(PublishPost(title="Hi", content=Discussion(body=RichText.of("Hello"))), actor=ada)
    shown = sparkle.run(PublicProfile(username="ADA"))
    assert (shown.id, shown.username, shown.display_name, shown.bio) == (ada.user_id, "Ada", "Ada Lovelace", "Numbers.")
    assert (shown.social.youtube, shown.interests, shown.skills) == ("ada", ("engines", "maths"), ())
    assert (shown.role, shown.verified, shown.level) == (Role.VERIFIED_CREATOR, True, 3)
    assert (shown.posts, shown.followers, shown.following, shown.likes) == (1, 0, 0, 0)


def test_nobody_the_banned_and_the_deleted_have_no_profile(sparkle: Sparkle) -> None:
    people = {status: join(sparkle, f"is_{status.value.lower()}") for status in (Status.BANNED, Status.DELETED)}
    for status, actor in people.items():
        assert actor.user_id is not None
        sparkle.run(ChangeStatus(user_id=actor.user_id, status=status, reason="test"), actor=SYSTEM)
    for username in ("is_banned", "is_deleted", "nobody"):
        with pytest.raises(NotFound):
            sparkle.run(PublicProfile(username=username))


def test_search_knows_no_case_in_any_script_and_takes_signs_as_they_stand(sparkle: Sparkle) -> None:
    ada, bob = join(sparkle, "ada"), join(sparkle, "bob")
    sparkle.run(EditProfile(display_name="ÁDÁM Straße", bio="Привет"), actor=ada)
    sparkle.run(EditProfile(bio="100% a_b \\ c"), actor=bob)
    assert found(sparkle, "ádám STRASSE") == ["ada"]
    assert found(sparkle, "ПРИВЕТ") == ["ada"]
    assert found(sparkle, "0% A_B") == ["bob"]
    assert found(sparkle, "\\") == ["bob"]
    assert found(sparkle, "a%b") == found(sparkle, "a__b") == []


def test_search_by_status_goes_by_the_clock(sparkle: Sparkle) -> None:
    ada, bob = join(sparkle, "ada"), join(sparkle, "bob")
    assert ada.user_id is not None
    assert bob.user_id is not None
    suspend = ChangeStatus(user_id=ada.user_id, status=Status.SUSPENDED, reason="test", days=1)
    sparkle.run(suspend, actor=SYSTEM)
    sparkle.run(ChangeStatus(user_id=bob.user_id, status=Status.BANNED, reason="test"), actor=SYSTEM)
    sparkle.run(Register(email="eve@example.org", username="eve", password=PASSWORD, agree_to_terms=True))
    assert found(sparkle) == ["ada", "eve"]
    assert found(sparkle, status=Status.SUSPENDED) == ["ada"]
    assert found(sparkle, status=Status.BANNED) == ["bob"]
    assert found(sparkle, status=Status.PENDING_VERIFICATION) == ["eve"]
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(days=2))
    assert found(sparkle, status=Status.SUSPENDED) == []
    assert found(sparkle, status=Status.ACTIVE) == ["ada"]


def test_verified_creators_come_first_and_pages_go_on_where_they_ended(sparkle: Sparkle) -> None:
    for n in range(4):
        join(sparkle, f"fan{n}")
    join(sparkle, "fan_star", Role.VERIFIED_CREATOR)
    names, after = [], None
    while True:
        page = sparkle.run(SearchPeople(text="fan", limit=2, after=after))
        names += [p.username for p in page.items]
        after = page.next
        if after is None:
            break
    assert names == ["fan_star", "fan0", "fan1", "fan2", "fan3"]
    assert found(sparkle, role=Role.VERIFIED_CREATOR) == ["fan_star"]
