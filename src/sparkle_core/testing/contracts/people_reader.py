"""The contract of `PeopleReader`, held against every adapter: who is shown, to whom, and in which order."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from attrs import evolve

from sparkle_core.domain.accounts import STATISTICS
from sparkle_core.domain.accounts.people import Person, StoredStatus, ban, suspension
from sparkle_core.domain.accounts.profiles import Profile, Showcase, SocialHandles
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.ports.people import FoundPerson, PeopleReader, PublicPerson, SearchPlace
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.on_a_store import OnAStore
from sparkle_core.testing.contracts.people import person, profile, settle, user
from sparkle_core.testing.contracts.shapes import NOON, later, uid
from sparkle_core.testing.contracts.staging import Stage

GRACE = timedelta(days=30)
CREATOR = Role.VERIFIED_CREATOR


def banned(number: int, name: str) -> Person:
    return person(number, name).sanctioned(ban(uid(900 + number), NOON, "test"))


def suspended(number: int, name: str, *, days: int = 1) -> Person:
    return person(number, name).sanctioned(suspension(uid(900 + number), NOON, days, "test"))


def gone(number: int, name: str) -> Person:
    return person(number, name).leaves(NOON, grace=GRACE, keep_name=True)


def child(number: int, name: str, **more: Any) -> Person:
    """Somebody whose birthday is tomorrow."""
    return person(number, name, minor_until=later(days=1), **more)


class PeopleReaderContract(OnAStore):
    """People are shown as others may see them. Say `make` or a fixture `stage`, and a fixture `reader` for it."""

    @pytest.fixture
    def reader(self) -> PeopleReader:
        raise NotImplementedError("a fixture `reader` of your own answers the PeopleReader of the store")

    @pytest.fixture
    def people(self, stage: Stage[Store], reader: PeopleReader) -> "People":
        return People(stage, reader)

    def test_people_see_themselves_as_they_are_stored(self, people: "People") -> None:
        for number, one in enumerate((person(1, "ada"), banned(2, "ben"), gone(3, "cyd"), child(4, "kid")), 1):
            settle(people.stage, one, bio="Numbers.", interests=("ink", "pens"), website="https://example.org")
            kept = evolve(
                profile(one, bio="Numbers.", interests=("ink", "pens"), website="https://example.org"), version=1
            )
            assert people.own(number) == (evolve(one, version=1, recorded=()), kept)
        assert people.own(5) is None

    def test_a_public_profile_shows_what_everybody_may_see(self, people: "People") -> None:
        social, showcase = SocialHandles(youtube="ada"), Showcase(badges=("first_post",), pinned_posts=(uid(7),))
        settle(
            people.stage,
            person(1, "Ada", display_name="Ada Lovelace", role=CREATOR, last_seen_at=later(hours=1)),
            level=3,
            numbers={"posts": 1, "followers": 2, "following": 3, "likes": 4, "others": 5},
            bio="Numbers.",
            image="https://example.org/i",
            banner="https://example.org/b",
            social=social,
            interests=("engines", "maths"),
            skills=("poetry",),
            showcase=showcase,
        )
        settle(people.stage, person(2, "ben"))
        assert people.public("ada") == PublicPerson(
            id=user(1),
            username="Ada",
            display_name="Ada Lovelace",
            bio="Numbers.",
            image="https://example.org/i",
            banner="https://example.org/b",
            role=CREATOR,
            verified=True,
            level=3,
            joined_at=NOON,
            last_seen_at=later(hours=1),
            social=social,
            interests=("engines", "maths"),
            skills=("poetry",),
            showcase=showcase,
            posts=1,
            followers=2,
            following=3,
            likes=4,
        )
        ben = people.public("ben")
        assert ben is not None
        assert (ben.verified, ben.level, ben.last_seen_at, ben.showcase) == (False, 1, None, Showcase())
        assert (ben.posts, ben.followers, ben.following, ben.likes) == (0, 0, 0, 0)

    def test_nobody_the_banned_the_deleted_and_the_unproved_have_no_profile(self, people: "People") -> None:
        settle(people.stage, banned(1, "ben"), gone(2, "cyd"))
        settle(people.stage, suspended(3, "dan"), person(4, "eve", stored_status=StoredStatus.PENDING))
        assert [people.public(name) for name in ("ben", "cyd", "eve", "nobody", "da", "")] == [None] * 6
        dan = people.public("dan")
        assert dan is not None
        assert dan.username == "dan"

    def test_profiles_and_searches_show_whom_the_rule_shows(self, people: "People") -> None:
        """`Person.shown_at` is the rule; a statement that says it in its own words says the same, by any clock."""
        unproved = person(9, "ina", stored_status=StoredStatus.PENDING)
        anybody = [
            *(person(1, "ada"), banned(2, "ben"), gone(3, "cyd"), suspended(4, "dan"), child(5, "eve"), unproved),
            *(banned(6, "fay").leaves(NOON, grace=GRACE, keep_name=True), gone(7, "gil").begins_to_be_erased()),
            evolve(banned(8, "hal"), minor_until=later(days=1)),
        ]
        settle(people.stage, *anybody)
        for now in (NOON, later(days=1), later(days=10_000)):
            shown = [one.username for one in anybody if one.shown_at(now)]
            assert [one.username for one in anybody if people.public(one.username, now)] == shown
            assert people.found(now=now) == shown

    def test_children_are_neither_shown_nor_found_until_their_birthday(self, people: "People") -> None:
        """By the clock, as suspensions end: on every store, whoever asks, with consent or without."""
        settle(people.stage, person(1, "ada"), child(2, "kid"), child(3, "kim", guardian_consent_at=NOON))
        just_before = later(days=1) - timedelta(microseconds=1)
        for now in (NOON, just_before):
            assert [people.public(name, now) for name in ("kid", "kim")] == [None, None]
            assert [people.found(now=now), people.found(now=now, status=Status.ACTIVE)] == [["ada"], ["ada"]]
        assert people.found(now=later(days=1)) == ["ada", "kid", "kim"]
        assert people.public("kid", later(days=1)) is not None

    def test_search_knows_no_case_in_any_script_and_takes_signs_as_they_stand(self, people: "People") -> None:
        settle(people.stage, person(1, "ada", display_name="ÁDÁM Straße"), bio="Привет")
        settle(people.stage, person(2, "bob"), bio="100% a_b \\ c")
        assert people.found("ádám STRASSE") == ["ada"]
        assert people.found("ПРИВЕТ") == ["ada"]
        assert people.found("A\u0301D") == ["ada"]
        assert people.found("0% A_B") == ["bob"]
        assert people.found("\\") == ["bob"]
        assert people.found("a%b") == people.found("a__b") == people.found("'") == []

    def test_a_username_a_display_name_and_a_bio_are_looked_through(self, people: "People") -> None:
        settle(people.stage, person(1, "inky"), person(2, "ben", display_name="Of Inkwell"))
        settle(people.stage, person(3, "cyd"), bio="Likes\nink.")
        settle(people.stage, person(4, "dan"), website="https://ink.example")
        assert people.found("ink") == ["inky", "ben", "cyd"]
        assert people.found() == ["inky", "ben", "cyd", "dan"]

    def test_search_by_status_goes_by_the_clock(self, people: "People") -> None:
        settle(people.stage, suspended(1, "ada"), banned(2, "bob"), gone(3, "cyd"))
        settle(people.stage, person(4, "eve", stored_status=StoredStatus.PENDING), person(5, "fay"))
        assert people.found() == ["ada", "fay"]
        expected = {
            Status.SUSPENDED: ["ada"],
            Status.BANNED: ["bob"],
            Status.PENDING_VERIFICATION: ["eve"],
            Status.ACTIVE: ["fay"],
            Status.DELETED: [],
        }
        assert {status: people.found(status=status) for status in Status} == expected
        after = later(days=1)
        assert people.found(status=Status.SUSPENDED, now=after) == []
        assert people.found(status=Status.ACTIVE, now=after) == ["ada", "fay"]
        assert people.found(status=Status.BANNED, now=later(days=10_000)) == ["bob"]

    def test_who_has_left_is_not_found_whatever_else_they_are(self, people: "People") -> None:
        """Stops a ban, which somebody took with them, from showing their name to whoever looks for the banned."""
        settle(people.stage, banned(1, "bob").leaves(NOON, grace=GRACE, keep_name=True))
        settle(people.stage, suspended(2, "ada").leaves(NOON, grace=GRACE, keep_name=True))
        assert [people.found(status=status) for status in (None, *Status)] == [[]] * 6

    def test_search_by_role_status_and_text_is_for_all_of_them(self, people: "People") -> None:
        settle(people.stage, person(1, "ada", role=CREATOR), person(2, "ben"), person(3, "amy", role=Role.MODERATOR))
        settle(people.stage, suspended(4, "abe"))
        assert people.found(role=CREATOR) == ["ada"]
        assert people.found("a", role=Role.USER) == ["abe"]
        assert people.found("a", role=Role.USER, status=Status.ACTIVE) == []
        assert people.found("b", role=Role.USER, status=Status.ACTIVE) == ["ben"]
        assert people.found(role=Role.ADMIN) == []

    def test_a_row_says_who_it_is_and_how_many_follow(self, people: "People") -> None:
        settle(
            people.stage, person(1, "Ada", display_name="Ada L.", role=CREATOR), numbers={"followers": 7, "posts": 9}
        )
        (row,) = people.search()
        assert row == FoundPerson(
            id=user(1), username="Ada", display_name="Ada L.", role=CREATOR, verified=True, followers=7
        )

    def test_verified_creators_come_first_then_most_followers_then_by_id(self, people: "People") -> None:
        settle(people.stage, *(person(n, f"fan{n}") for n in (3, 1, 2)))
        settle(people.stage, person(4, "liked"), person(5, "liked_too"), numbers={"followers": 9})
        settle(people.stage, person(6, "star", role=CREATOR))
        settle(people.stage, person(7, "big_star", role=CREATOR), numbers={"followers": 1})
        assert people.found() == ["big_star", "star", "liked", "liked_too", "fan1", "fan2", "fan3"]

    @pytest.mark.parametrize("limit", [1, 2, 3, 50])
    def test_pages_go_on_where_they_ended(self, people: "People", limit: int) -> None:
        settle(people.stage, *(person(n, f"fan{n}", role=CREATOR if n % 5 == 0 else Role.USER) for n in range(1, 13)))
        for number in (2, 3, 5, 7, 11):
            people.follow(number, by=number % 3)
        names: list[str] = []
        after: SearchPlace | None = None
        while len(names) <= 12 and (page := people.search("fan", limit=limit, after=after)):
            assert len(page) <= limit
            names += [one.username for one in page]
            after = (int(page[-1].verified), page[-1].followers, page[-1].id)
        assert names == [f"fan{n}" for n in (5, 10, 2, 11, 7, 1, 3, 4, 6, 8, 9, 12)]

    def test_many_are_looked_through(self, people: "People") -> None:
        """Stops somebody from being found only while there are few."""
        settle(people.stage, *(person(n, f"fan{n}") for n in range(1, 230)))
        settle(people.stage, person(230, "ada"))
        assert people.found("ada") == ["ada"]
        assert len(people.search("fan", limit=500)) == 229


class People:
    """A store with people in it, and the reader that goes with it."""

    def __init__(self, stage: Stage[Store], reader: PeopleReader) -> None:
        self.stage, self.reader = stage, reader

    def follow(self, number: int, *, by: int) -> None:
        async def body(tx: Transaction) -> None:
            tx.records.bump(STATISTICS, user(number), "followers", by)

        self.stage.transact(body)

    def own(self, number: int) -> tuple[Person, Profile] | None:
        async def body(tx: Transaction) -> tuple[Person, Profile] | None:
            return await self.reader.own(tx.records, user(number))

        return self.stage.read(body)

    def public(self, username_key: str, now: datetime = NOON) -> PublicPerson | None:
        async def body(tx: Transaction) -> PublicPerson | None:
            return await self.reader.public(tx.records, username_key, now)

        return self.stage.read(body, one_statement=True)

    def search(
        self,
        text: str = "",
        *,
        role: Role | None = None,
        status: Status | None = None,
        now: datetime = NOON,
        after: SearchPlace | None = None,
        limit: int = 50,
    ) -> list[FoundPerson]:
        async def body(tx: Transaction) -> list[FoundPerson]:
            how: dict[str, Any] = {"role": role, "status": status, "now": now, "after": after, "limit": limit}
            return await self.reader.search(tx.records, text, **how)

        return self.stage.read(body)

    def found(self, text: str = "", **how: Any) -> list[str]:
        """The usernames of whom a search finds."""
        return [one.username for one in self.search(text, **how)]
