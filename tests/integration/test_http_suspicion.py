"""Sessions that another client uses than began them: told of once, and nobody is kept out for it."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest

from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.memory.world import SeededWorld
from sparkle_core.application.accounts import SuspectSession
from sparkle_core.application.accounts.fingerprints import fingerprint_of, is_unlike
from sparkle_core.domain.kernel.actors import Actor, Origin
from sparkle_core.domain.kernel.fields import UserId
from tests.integration.web_community import PASSWORD, Community, Member

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
HERS = {
    "User-Agent": FIREFOX,
    "Accept-Language": "de-AT,de;q=0.8",
    "Accept-Encoding": "gzip, br",
    "X-Client-Screen": "2560x1440",
    "X-Client-Time-Zone": "Europe/Vienna",
}


@pytest.fixture
def community() -> Iterator[Community]:
    with Community() as there:
        there.member("ada")
        yield there


@pytest.fixture
def ada(community: Community) -> Member:
    """Ada, signed in from her browser."""
    body = {"email": "ada@example.org", "password": PASSWORD}
    session = community.send("POST", "/sessions", body, headers=HERS).json()
    id = UserId(UUID(session["actor"]["user_id"]))
    return Member(id, "ada", Actor(user_id=id), {"Authorization": f"Bearer {session['token']}"})


def suspicions(community: Community, ada: Member) -> list[str]:
    listed = community.get("/me/alerts", ada, HERS).json()["items"]
    return [alert["severity"] for alert in listed if alert["type"] == "SESSION_CLIENT_CHANGED"]


def later(community: Community, minutes: int = 6) -> None:
    """So much later that the session is looked up again."""
    assert isinstance(community.sparkle.world, SeededWorld)
    community.sparkle.world.advance(timedelta(minutes=minutes))


@pytest.mark.parametrize("name", HERS)
def test_another_client_is_told_of_once_and_let_in_all_the_same(community: Community, ada: Member, name: str) -> None:
    """Stops a stolen token from being used unnoticed, and a changed setting from locking its owner out."""
    other = HERS | {name: "another"}
    for _ in range(3):
        later(community)
        assert community.get("/me", ada, other).status_code == 200
        later(community)
        assert community.get("/me", ada, HERS).status_code == 200
    assert suspicions(community, ada) == ["low"]


@pytest.mark.parametrize("left_out", [("Accept-Language",), ("X-Client-Screen", "X-Client-Time-Zone")])
def test_what_a_call_does_not_say_is_no_change(community: Community, ada: Member, left_out: tuple[str, ...]) -> None:
    later(community)
    assert community.get("/me", ada, HERS | dict.fromkeys(left_out, "")).status_code == 200
    assert suspicions(community, ada) == []


def test_a_new_version_of_the_same_program_is_no_other(community: Community, ada: Member) -> None:
    later(community)
    newer = HERS | {"User-Agent": FIREFOX.replace("145.0", "146.0.1")}
    assert community.get("/me", ada, newer).status_code == 200
    assert suspicions(community, ada) == []


def test_a_session_that_began_without_a_client_is_suspected_of_nothing(community: Community) -> None:
    ben = community.member("ben")
    for headers in (HERS, {"User-Agent": "curl/8.5.0"}):
        later(community)
        assert community.get("/me", ben, headers).status_code == 200
    assert suspicions(community, ben) == []
    community.sparkle.run(SuspectSession(), actor=ben.actor)
    assert suspicions(community, ben) == [], "there is no session behind that call"


HASHES, OTHERS = HmacKeys(bytes(32)), HmacKeys(bytes(31) + b"1")


def looks(agent: str | None = None, *traits: str) -> str | None:
    return fingerprint_of(HASHES, Origin(user_agent=agent, traits=traits))


@pytest.mark.parametrize(
    ("before", "now", "unlike"),
    [
        (None, None, False),
        (None, looks("a"), False),
        (looks("a"), None, False),
        (looks("a"), looks("a"), False),
        (looks("a"), looks("b"), True),
        (looks("a/1.0 (2)"), looks("a/2.1_3 (7)"), False),
        (looks("a", "en", "", "", ""), looks("a", "", "gzip", "", ""), False),
        (looks("a", "en", "gzip", "", ""), looks("a", "en", "br", "", ""), True),
        (looks("a", "en", "gzip", "1", "x"), looks(None, "", "", "", "y"), True),
        (looks("en"), looks(None, "en"), False),
    ],
)
def test_a_trait_that_both_say_and_that_differs_makes_the_difference(
    before: str | None, now: str | None, unlike: bool
) -> None:
    assert is_unlike(before, now) is unlike


def test_what_is_kept_of_a_client_are_hashes_under_the_deployments_key() -> None:
    """Stops a stolen table from telling what people's machines are like."""
    kept = looks(FIREFOX, "de-AT", "gzip", "2560x1440", "Europe/Vienna")
    assert kept is not None
    assert not {"Firefox", "de-AT", "2560", "Vienna"} & set(kept.split(":"))
    assert kept != fingerprint_of(
        OTHERS, Origin(user_agent=FIREFOX, traits=("de-AT", "gzip", "2560x1440", "Europe/Vienna"))
    )
    assert looks(None, "", "", "", "") is None
    assert fingerprint_of(HASHES, None) is None
