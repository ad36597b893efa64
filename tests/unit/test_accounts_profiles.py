"""What people may say of themselves, at every bound; how complete that is; usernames; and finding people."""

from itertools import product
from typing import Any

import pytest
from attrs import evolve
from tests.support.people import PASSWORD, Somebody, member

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import EditProfile, MyProfile, PublicProfile, Register, SearchPeople
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.profiles import COMPLETE_AT, THEMES, Profile, SocialHandles, completeness
from sparkle_core.domain.accounts.rules import RESERVED
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId


@pytest.fixture(scope="module")
def sparkle() -> Sparkle:
    return in_memory(seed=11)


@pytest.fixture(scope="module")
def ada(sparkle: Sparkle) -> Somebody:
    return member(sparkle, "ada")


ADDRESS = "https://example.org/"


def edit(**changes: Any) -> EditProfile:
    return EditProfile(**changes)


BOUNDS: dict[str, tuple[Any, Any]] = {
    # field: the longest that may be, and one more
    "display_name": ("x" * 100, "x" * 101),
    "bio": ("x" * 5_000, "x" * 5_001),
    "image": (ADDRESS.ljust(500, "x"), ADDRESS.ljust(501, "x")),
    "banner": (ADDRESS.ljust(500, "x"), ADDRESS.ljust(501, "x")),
    "website": (ADDRESS.ljust(500, "x"), ADDRESS.ljust(501, "x")),
    "location": ("x" * 100, "x" * 101),
    "locale": ("en" + "-abcdefgh" * 3 + "-abcde", "en" + "-abcdefgh" * 4),
    "interests": (("x" * 50,) * 20, ("x",) * 21),
    "skills": (("x" * 50,) * 20, ("x" * 51,)),
}


@pytest.mark.parametrize("field", BOUNDS)
def test_each_field_takes_as_much_as_it_says_and_no_more(sparkle: Sparkle, ada: Somebody, field: str) -> None:
    most, more = BOUNDS[field]
    own = sparkle.run(EditProfile(**{field: most}), actor=ada.actor)
    assert (own.display_name if field == "display_name" else getattr(own.profile, field)) == most
    with pytest.raises(Invalid) as refused:
        EditProfile(**{field: more})
    assert [fault.path for fault in refused.value.faults] == [field]


@pytest.mark.parametrize("handle", ["twitter", "instagram", "tiktok", "discord", "youtube"])
def test_each_handle_takes_fifty_characters_and_is_seen_by_everybody(
    sparkle: Sparkle, ada: Somebody, handle: str
) -> None:
    sparkle.run(EditProfile(social=SocialHandles(**{handle: "x" * 50})), actor=ada.actor)
    assert getattr(sparkle.run(PublicProfile(username="ada")).social, handle) == "x" * 50
    with pytest.raises(Invalid):
        SocialHandles(**{handle: "x" * 51})


@pytest.mark.parametrize("field", ["image", "banner", "website"])
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//example.org", "ftp://example.org", "x"]
)
def test_what_is_no_web_address_is_refused(sparkle: Sparkle, ada: Somebody, field: str, address: str) -> None:
    """Stops a profile from having scripts where a link is."""
    with pytest.raises(Invalid, match=f"{field}: must be a web address"):
        sparkle.run(edit(**{field: address}), actor=ada.actor)


def test_a_theme_is_one_of_three(sparkle: Sparkle, ada: Somebody) -> None:
    assert sparkle.run(MyProfile(), actor=ada.actor).profile.theme == "system"
    for theme in THEMES:
        assert sparkle.run(EditProfile(theme=theme), actor=ada.actor).profile.theme == theme
    with pytest.raises(Invalid, match="theme: must be one of system, light, dark"):
        EditProfile(theme="blink")


@pytest.mark.parametrize(
    ("locale", "right"),
    [
        ("en", True),
        ("pt-BR", True),
        ("zh-Hant-TW", True),
        ("e", False),
        ("english", False),
        ("en_GB", False),
        ("en-", False),
    ],
)
def test_a_locale_is_a_language_tag(locale: str, right: bool) -> None:
    if right:
        assert EditProfile(locale=locale).locale == locale
    else:
        with pytest.raises(Invalid, match="locale"):
            EditProfile(locale=locale)


WORTH: dict[str, tuple[int, dict[str, Any]]] = {
    "image": (15, {"image": ADDRESS}),
    "bio": (10, {"bio": "x"}),
    "location": (5, {"location": "x"}),
    "website": (5, {"website": ADDRESS}),
    "twitter": (5, {}),
    "instagram": (5, {}),
    "youtube": (10, {}),
}


@pytest.mark.parametrize("said", list(product((False, True), repeat=len(WORTH))), ids=lambda said: bytes(said).hex())
def test_completeness_is_the_sum_of_what_is_there(sparkle: Sparkle, said: tuple[bool, ...]) -> None:
    """Every combination, with and without a display name and a verified address."""
    there = [name for name, is_said in zip(WORTH, said, strict=True) if is_said]
    changes = {field: value for name in there for field, value in WORTH[name][1].items()}
    social = SocialHandles(**{name: "x" for name in there if name in ("twitter", "instagram", "youtube")})
    now = sparkle.world.moment().now
    profile = Profile(id=UserId(sparkle.world.moment().new_id()), social=social, **changes)
    person = Person(
        id=profile.id,
        username="ada",
        username_key="ada",
        email="ada@example.org",
        email_key="ada@example.org",
        password_hash=None,
        display_name="ada",
        created_at=now,
        referral_code="x" * 10,
    )
    base = 20 + sum(WORTH[name][0] for name in there)
    assert completeness(person, profile) == base
    assert completeness(evolve(person, display_name="Ada"), profile) == base + 10
    assert completeness(evolve(person, email_verified_at=now), profile) == base + 15
    assert completeness(evolve(person, display_name="Ada", email_verified_at=now), profile) == base + 25


def test_a_profile_with_everything_is_a_hundred_percent_complete_and_completed_from_eighty_on() -> None:
    assert 20 + sum(worth for worth, _ in WORTH.values()) + 10 + 15 == 100
    assert COMPLETE_AT == 80
    sparkle = in_memory(seed=11)
    ada = member(sparkle, "ada")
    social = SocialHandles(youtube="x", twitter="x")
    just = EditProfile(display_name="Ada", bio="x", image=ADDRESS, location="x", social=social)
    assert (sparkle.run(just, actor=ada.actor).completeness, True) == (90, True)
    steps: list[tuple[dict[str, Any], int, bool]] = [
        ({"location": ""}, 85, True),
        ({"bio": ""}, 75, False),
        ({"bio": "x"}, 85, True),
    ]
    for less, percent, completed in steps:
        own = sparkle.run(EditProfile(**less), actor=ada.actor)
        assert (own.completeness, own.completed) == (percent, completed)
    own = sparkle.run(EditProfile(social=SocialHandles(youtube="x")), actor=ada.actor)
    assert (own.completeness, own.completed) == (80, True)


def joins_as(username: str, n: int) -> Register:
    return Register(email=f"fan{n}@example.org", username=username, password=PASSWORD, agree_to_terms=True)


@pytest.mark.parametrize(
    ("username", "right"),
    [
        ("a_1", True),
        ("ab", False),
        ("a" * 50, True),
        ("a" * 51, False),
        ("Ab_9", True),
        ("a-b", False),
        ("a b", False),
        ("ädä", False),
        ("ａｂｃ", False),
        ("abc\n", False),
        ("deleted_x", False),
        ("DELETED_X", False),
        ("deletedx", True),
    ],
)
def test_a_username_has_3_to_50_letters_digits_and_underscores(username: str, right: bool) -> None:
    sparkle = in_memory(seed=11)
    if right:
        assert sparkle.run(joins_as(username, 1)).username == username
    else:
        with pytest.raises(Invalid, match="username"):
            sparkle.run(joins_as(username, 1))


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_what_the_community_keeps_for_itself_is_nobodys_in_any_case(word: str) -> None:
    """Stops somebody from passing for the staff."""
    sparkle = in_memory(seed=11)
    for username in (word, word.upper(), word.title()):
        with pytest.raises(Invalid, match="username"):
            sparkle.run(joins_as(username, 1))


def test_a_search_answers_20_people_and_100_at_most(sparkle: Sparkle) -> None:
    assert SearchPeople().limit == 20
    assert SearchPeople(limit=100).limit == 100
    for limit in (0, 101):
        with pytest.raises(Invalid, match="limit: must be from 1 to 100"):
            SearchPeople(limit=limit)
