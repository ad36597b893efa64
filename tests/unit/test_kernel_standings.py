"""What is remembered of how somebody stands: for half a second, and for what everybody may read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.support.people import PASSWORD, member

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import Authenticate, ChangeStatus, LogIn, MyProfile, PublicProfile
from sparkle_core.application.kernel.standings import GOOD_FOR, MOST, Standings
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Permission, Remembered, Role, Standing, Status
from sparkle_core.domain.kernel.errors import NotWhile, SessionLapsed
from sparkle_core.domain.kernel.fields import UserId

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ACTIVE = Standing(role=Role.USER, status=Status.ACTIVE)
BANNED = Standing(role=Role.USER, status=Status.BANNED)


def caller(number: int = 1, mark: int = 0) -> Remembered:
    return Remembered(user_id=UserId(UUID(int=number)), session_id=UUID(int=number), session_mark=mark)


def kept(actor: Actor, standing: Standing = ACTIVE) -> Standings:
    standings = Standings()
    standings.keep(actor, standing, NOW)
    return standings


@pytest.mark.parametrize(
    ("after", "known"),
    [(timedelta(), True), (GOOD_FOR - timedelta(microseconds=1), True), (GOOD_FOR, False), (-timedelta(1), False)],
)
def test_it_is_good_for_half_a_second_and_not_for_the_past(after: timedelta, known: bool) -> None:
    found = kept(caller()).of(caller(), Permission.READ, NOW + after)
    assert found == (ACTIVE if known else None)


@pytest.mark.parametrize("permission", [Permission.READ_OWN, Permission.LEAVE, Permission.SEND_POINTS])
def test_what_not_everybody_may_do_is_decided_by_the_row(permission: Permission) -> None:
    """Stops a session revoked elsewhere from reading anything of its owner, even for half a second."""
    assert kept(caller()).of(caller(), permission, NOW) is None


def test_another_mark_is_another_session_memory() -> None:
    """Stops a session from going on here that the row has ended: whoever looked it up anew came with another mark."""
    assert kept(caller(mark=1)).of(caller(mark=0), Permission.READ, NOW) is None


def test_who_may_not_is_asked_for_again() -> None:
    assert kept(caller(), BANNED).of(caller(), Permission.READ, NOW) is None


def test_only_who_came_by_a_memory_is_remembered() -> None:
    looked_up = Actor(user_id=UserId(UUID(int=1)), session_id=UUID(int=1))
    assert kept(looked_up).seen == {}
    assert kept(caller()).of(looked_up, Permission.READ, NOW) is None


def test_it_keeps_so_many_and_forgets_who_was_seen_longest_ago() -> None:
    """Stops a crowd from filling the process's memory."""
    standings = kept(caller(0))
    for number in range(1, MOST + 1):
        standings.keep(caller(number), ACTIVE, NOW)
    assert len(standings.seen) == MOST
    assert UUID(int=0) not in standings.seen


def test_of_who_may_read_more_than_everybody_nothing_is_remembered() -> None:
    """Stops a moderator who is one no more elsewhere from finding whom only moderators find."""
    moderator = Standing(role=Role.MODERATOR, status=Status.ACTIVE)
    assert kept(caller(), moderator).seen == {}


def test_only_those_whose_row_changes_are_forgotten() -> None:
    """Stops each newcomer from having everybody else asked for again."""
    standings = kept(caller(1))
    standings.keep(caller(2), ACTIVE, NOW)
    standings.forget([UUID(int=1), UUID(int=3)])
    assert list(standings.seen) == [UUID(int=2)]


@pytest.fixture
def sparkle() -> Sparkle:
    sparkle = in_memory(seed=5)
    member(sparkle, "ada")
    return sparkle


def remembered(sparkle: Sparkle) -> Actor:
    token = sparkle.run(LogIn(email="ada@example.org", password=PASSWORD)).token
    actor = sparkle.run(Authenticate(token=token, for_a_call=True))
    sparkle.run(PublicProfile(username="ada"), actor=actor)
    return actor


def test_a_ban_imposed_here_is_seen_at_once(sparkle: Sparkle) -> None:
    actor = remembered(sparkle)
    assert actor.user_id is not None
    sparkle.run(ChangeStatus(user_id=actor.user_id, status=Status.BANNED, reason="spam"), actor=SYSTEM)
    with pytest.raises(NotWhile):
        sparkle.run(PublicProfile(username="ada"), actor=actor)


def test_a_session_ended_elsewhere_reads_at_most_what_everybody_may_and_for_half_a_second(sparkle: Sparkle) -> None:
    """Another machine shares the store, and this one is not told."""
    actor, user_id = remembered(sparkle), member(sparkle, "ben").id
    assert actor.user_id not in (None, user_id)
    elsewhere = in_memory(seed=6, through=lambda _: sparkle.store)
    sparkle.run(PublicProfile(username="ada"), actor=actor)
    elsewhere.run(ChangeStatus(user_id=actor.user_id, status=Status.BANNED, reason="spam"), actor=SYSTEM)
    assert sparkle.run(PublicProfile(username="ben"), actor=actor).username == "ben"
    with pytest.raises((NotWhile, SessionLapsed)):
        sparkle.run(MyProfile(), actor=actor)
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(GOOD_FOR)
    with pytest.raises(NotWhile):
        sparkle.run(PublicProfile(username="ben"), actor=actor)
