"""Sessions that are remembered: good for calls alone, and no longer than the person's row says."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast

import pytest
from tests.communities import key_of
from tests.pages import ROOT
from tests.support.people import PASSWORD, member

from sparkle_adapters.codec import JsonCodec
from sparkle_adapters.crypto.keys import HmacKeys
from sparkle_adapters.memory.cache import MemoryCache
from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import Authenticate, DeleteAccount, LoggedIn, LogIn, LogOut, MyProfile
from sparkle_core.application.accounts.authenticating import KEY, MOST, SessionMemory, find_session, token_hash
from sparkle_core.application.economy import SendTip
from sparkle_core.application.kernel.work import Preparation
from sparkle_core.domain.accounts import ANONYMOUS, Actor
from sparkle_core.domain.kernel.actors import Remembered
from sparkle_core.domain.kernel.errors import SessionLapsed, Unauthenticated
from sparkle_core.ports.driving import drive
from sparkle_core.ports.store import Body, Store

SEED = 11


class Door:
    """Where tokens are shown: a community's own store, with a cache that a test can look into. Counts what it asks."""

    def __init__(self, sparkle: Sparkle) -> None:
        self.sparkle, self.looks, self.writes = sparkle, 0, 0
        self.before_writing: Callable[[], object] | None = None
        self.cache, self.hashes, self.codec = MemoryCache(clock=lambda: 0.0), HmacKeys(key_of(SEED)), JsonCodec()
        self.memory = SessionMemory(self.cache, self.hashes, self.codec)

    async def read(self, body: Body[Any], *, one_statement: bool = False) -> Any:
        self.looks += 1
        return await self.sparkle.store.read(body, one_statement=one_statement)

    async def transact(self, body: Body[Any]) -> Any:
        self.writes += 1
        if self.before_writing is not None:
            self.before_writing()
        return await self.sparkle.store.transact(body)

    def show(self, token: str, *, for_a_call: bool = True) -> Actor:
        query = Authenticate(token=token, for_a_call=for_a_call)
        prep = Preparation(cast(Store, self), self.sparkle.world.moment(), ANONYMOUS, None)
        found = find_session(query, prep, hashes=self.hashes, memory=self.memory, security=self.sparkle.rules.security)
        return drive(found)

    def key(self, token: str) -> str:
        return KEY + token_hash(self.hashes, token)

    def kept(self, token: str) -> str | None:
        return drive(self.cache.get(self.key(token)))

    def put(self, token: str, text: str) -> None:
        drive(self.cache.put(self.key(token), text, 300))

    def later(self, **by: float) -> None:
        assert isinstance(self.sparkle.world, SeededWorld)
        self.sparkle.world.advance(timedelta(**by))


@pytest.fixture
def door() -> Door:
    sparkle = in_memory(seed=SEED)
    for name in ("ada", "ben"):
        member(sparkle, name)
    return Door(sparkle)


def logged_in(door: Door, name: str = "ada") -> LoggedIn:
    return door.sparkle.run(LogIn(email=f"{name}@example.org", password=PASSWORD))


def test_a_remembered_session_is_not_looked_up_again(door: Door) -> None:
    ada = logged_in(door)
    first, second = door.show(ada.token), door.show(ada.token)
    assert first == second
    assert isinstance(first, Remembered)
    assert (first.user_id, first.session_id, first.proved_at) == (
        ada.actor.user_id,
        ada.actor.session_id,
        ada.actor.proved_at,
    )
    assert door.looks == 1
    assert door.sparkle.run(MyProfile(), actor=second).username == "ada"


def test_so_many_memories_are_kept_open_and_then_opened_anew(door: Door) -> None:
    """Stops a crowd from filling the process's memory."""
    ada = logged_in(door)
    first = door.show(ada.token)
    assert door.show(ada.token) == first
    ((opened, known),) = door.memory.opened.items()
    door.memory.opened.clear()
    door.memory.opened.update(((str(n), ""), known) for n in range(MOST))
    assert door.show(ada.token) == first
    assert list(door.memory.opened) == [opened]
    assert door.looks == 1


def test_asked_for_more_than_a_call_a_session_is_looked_up_every_time(door: Door) -> None:
    """Stops a memory from opening what does not look at the person's row itself."""
    ada = logged_in(door)
    door.show(ada.token)
    assert [door.show(ada.token, for_a_call=False) for _ in range(2)] == [ada.actor] * 2
    assert door.looks == 3


def test_a_revoked_session_opens_nothing_though_it_is_remembered(door: Door) -> None:
    """Stops a stolen token from outliving its session in a cache that nobody told."""
    ada = logged_in(door)
    remembered = door.show(ada.token)
    door.sparkle.run(LogOut(), actor=ada.actor)
    assert door.show(ada.token) == remembered, "nobody told this cache"
    for actor in (remembered, door.show(ada.token)):
        with pytest.raises(SessionLapsed):
            door.sparkle.run(MyProfile(), actor=actor)
    with pytest.raises(Unauthenticated):
        door.show(ada.token, for_a_call=False)
    assert door.kept(ada.token) is None
    with pytest.raises(Unauthenticated):
        door.show(ada.token)


def test_another_session_of_theirs_goes_on_once_it_is_looked_up_again(door: Door) -> None:
    here, there = logged_in(door), logged_in(door)
    remembered = door.show(there.token)
    door.sparkle.run(LogOut(), actor=here.actor)
    with pytest.raises(SessionLapsed):
        door.sparkle.run(MyProfile(), actor=remembered)
    assert door.show(there.token, for_a_call=False) == there.actor
    assert door.sparkle.run(MyProfile(), actor=door.show(there.token)).username == "ada"
    assert door.looks == 2


def test_a_remembered_caller_is_not_held_against_somebody_elses_row(door: Door) -> None:
    here, there, ben = logged_in(door), logged_in(door), logged_in(door, "ben")
    door.sparkle.run(LogOut(), actor=here.actor)
    assert ben.actor.user_id is not None
    sent = door.sparkle.run(SendTip(to=ben.actor.user_id, amount=1), actor=door.show(there.token))
    assert sent.amount == 1


def test_somebody_elses_log_out_changes_nothing(door: Door) -> None:
    ada, ben = logged_in(door), logged_in(door, "ben")
    remembered = door.show(ada.token)
    door.sparkle.run(LogOut(), actor=ben.actor)
    assert door.sparkle.run(MyProfile(), actor=remembered).username == "ada"


def test_logging_out_twice_ends_one_session(door: Door) -> None:
    here, there = logged_in(door), logged_in(door)
    door.sparkle.run(LogOut(), actor=here.actor)
    remembered = door.show(there.token)
    door.sparkle.run(LogOut(), actor=here.actor)
    assert door.sparkle.run(MyProfile(), actor=remembered).username == "ada"


def test_deleting_the_account_ends_what_is_remembered_of_every_session(door: Door) -> None:
    here, there = logged_in(door), logged_in(door)
    remembered = [door.show(s.token) for s in (here, there)]
    door.sparkle.run(DeleteAccount(), actor=here.actor)
    for actor in remembered:
        with pytest.raises(Unauthenticated):
            door.sparkle.run(MyProfile(), actor=actor)


def test_a_memory_is_good_for_five_minutes(door: Door) -> None:
    ada = logged_in(door)
    door.show(ada.token)
    door.later(minutes=4, seconds=59)
    door.show(ada.token)
    assert door.looks == 1
    door.later(seconds=2)
    door.show(ada.token)
    assert door.looks == 2


def test_a_memory_does_not_outlive_its_session(door: Door) -> None:
    """Stops a session from being used from memory past its absolute limit, which no use puts off."""
    ada = logged_in(door)
    for _ in range(8):
        door.later(days=20)
        door.show(ada.token)
    door.later(days=19, hours=23, minutes=59)
    door.show(ada.token)
    door.later(minutes=1)
    with pytest.raises(Unauthenticated):
        door.show(ada.token)


def test_the_use_of_a_session_is_written_once_a_day(door: Door) -> None:
    """Stops every call of everybody from being a write."""
    ada = logged_in(door)
    for _ in range(48):
        door.later(hours=1)
        door.show(ada.token)
        door.show(ada.token)
    assert (door.looks, door.writes) == (48, 2)


def test_a_session_that_ends_while_its_use_is_noted_stays_ended(door: Door) -> None:
    """Stops putting off the end of a session from undoing its end."""
    ada = logged_in(door)
    door.later(days=2)
    door.before_writing = lambda: door.sparkle.run(LogOut(), actor=ada.actor)
    with pytest.raises(Unauthenticated):
        door.show(ada.token)
    assert door.writes == 1


def test_a_session_whose_use_somebody_else_notes_at_once_goes_on(door: Door) -> None:
    ada = logged_in(door)
    door.later(days=2)
    door.before_writing = lambda: door.sparkle.run(Authenticate(token=ada.token))
    assert door.show(ada.token).user_id == ada.actor.user_id
    assert door.show(ada.token, for_a_call=False) == ada.actor
    assert door.writes == 1


@pytest.mark.parametrize("text", ["", "{}", "é" * 100, "0" * 64 + '{"actor":{}}'])
def test_what_somebody_else_put_into_the_cache_is_not_believed(door: Door, text: str) -> None:
    """Stops whoever can write to the cache from making sessions."""
    ada = logged_in(door)
    door.put(ada.token, text)
    assert door.show(ada.token).user_id == ada.actor.user_id
    assert door.looks == 1
    door.put("sess_invented", text)
    with pytest.raises(Unauthenticated):
        door.show("sess_invented")


def test_a_memory_is_bound_to_its_token(door: Door) -> None:
    """Stops whoever can write to the cache from turning one's own session into somebody else's."""
    ada, ben = logged_in(door), logged_in(door, "ben")
    door.show(ada.token)
    kept = door.kept(ada.token)
    assert kept is not None
    door.put(ben.token, kept)
    door.put("sess_invented", kept)
    assert door.show(ben.token).user_id == ben.actor.user_id
    with pytest.raises(Unauthenticated):
        door.show("sess_invented")


def test_a_memory_cannot_be_altered(door: Door) -> None:
    """Stops whoever can write to the cache from becoming somebody else, or from bringing a revoked session back."""
    ada, ben = logged_in(door), logged_in(door, "ben")
    door.show(ada.token)
    kept = door.kept(ada.token)
    assert kept is not None
    door.put(ada.token, kept.replace(str(ada.actor.user_id), str(ben.actor.user_id)))
    assert door.show(ada.token).user_id == ada.actor.user_id
    door.put(ada.token, kept.replace('"session_mark":0', '"session_mark":1'))
    door.sparkle.run(LogOut(), actor=ada.actor)
    with pytest.raises(Unauthenticated):
        door.show(ada.token)


def test_the_cache_holds_no_token(door: Door) -> None:
    """Stops a dump of the cache from opening accounts."""
    ada = logged_in(door)
    door.show(ada.token)
    assert str(ada.actor.session_id) in repr(door.cache._kept)
    assert ada.token[5:] not in repr(door.cache._kept)


def test_an_unknown_token_is_looked_up_and_not_remembered(door: Door) -> None:
    for token in ("", "nonsense", "sess_" + "A" * 43):
        with pytest.raises(Unauthenticated):
            door.show(token)
    assert door.looks == 1
    assert door.kept("sess_" + "A" * 43) is None


def test_sessions_are_revoked_in_one_place_alone() -> None:
    """Stops a new way to end sessions from leaving what is remembered of them alive: `sessions.revoke` counts it."""
    ending = re.compile(r"\.revoked\(|revoked_at=|update_where\(\s*SESSIONS")
    files = (ROOT / "src/sparkle_core/application/accounts").glob("*.py")
    found = [line.strip() for file in files for line in file.read_text().splitlines() if ending.search(line)]
    assert found == ["work.save(SESSIONS, session.revoked(work.now))"]
