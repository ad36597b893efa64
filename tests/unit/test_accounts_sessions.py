"""Where one is signed in, proving it again, and ending it. Each test of a protection says which attack it stops."""

from datetime import timedelta

import pytest
from attrs import evolve
from tests.support.clock import later
from tests.support.people import PASSWORD, Somebody, member

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    Authenticate,
    DeleteAccount,
    LoggedIn,
    LogIn,
    LogOut,
    MyCsrfToken,
    MySessions,
    ProveIdentity,
    RevokeOtherSessions,
    RevokeSession,
    RevokeSessions,
    SessionsOf,
)
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SESSIONS, SYSTEM, Actor, Origin, Role
from sparkle_core.domain.accounts.errors import CsrfRejected, InvalidCredentials, Outranked
from sparkle_core.domain.accounts.programs import DeviceKind
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    Invalid,
    NotFound,
    SessionLapsed,
    StepUpRequired,
    Unauthenticated,
)
from sparkle_core.domain.kernel.stored import PAGE_MAX, eq
from sparkle_core.ports.store import Transaction

SOON = timedelta(seconds=1)
"""A seeded clock goes on by a millisecond with each call."""


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=13)


def signed_in(sparkle: Sparkle, somebody: Somebody, *, remember: bool = False) -> LoggedIn:
    origin = Origin(address="198.51.100.7", user_agent="Browser 1")
    return sparkle.run(LogIn(email=somebody.email, password=PASSWORD, remember=remember), origin=origin)


def opens(sparkle: Sparkle, session: LoggedIn) -> bool:
    try:
        return sparkle.run(Authenticate(token=session.token)).user_id is not None
    except Unauthenticated:
        return False


def test_a_session_is_good_for_thirty_days_or_ninety_when_remembered(sparkle: Sparkle, ada: Somebody) -> None:
    short, long, unused = (signed_in(sparkle, ada, remember=remember) for remember in (False, True, True))
    later(sparkle, days=30)
    assert (opens(sparkle, short), opens(sparkle, long)) == (False, True)
    later(sparkle, days=60)
    assert (opens(sparkle, unused), opens(sparkle, long)) == (False, True)


@pytest.mark.parametrize(("remember", "days"), [(False, 30), (True, 90)])
def test_each_use_lets_a_session_go_on_as_long_again(
    sparkle: Sparkle, ada: Somebody, remember: bool, days: int
) -> None:
    session = signed_in(sparkle, ada, remember=remember)
    later(sparkle, days=days - 1)
    assert opens(sparkle, session)
    later(sparkle, days=days - 1, hours=23)
    assert opens(sparkle, session)
    unused = signed_in(sparkle, ada, remember=remember)
    later(sparkle, days=days)
    assert not opens(sparkle, unused)


@pytest.mark.parametrize("remember", [False, True])
def test_no_use_lets_a_session_go_on_for_more_than_180_days(sparkle: Sparkle, ada: Somebody, remember: bool) -> None:
    """Stops a stolen token that is used day after day from being good for ever (ASVS 5.0, 7.3.2)."""
    session = signed_in(sparkle, ada, remember=remember)
    for _ in range(17):
        later(sparkle, days=10)
        assert opens(sparkle, session)
    session = sparkle.run(ProveIdentity(password=PASSWORD), actor=session.actor)
    later(sparkle, days=9, hours=23)
    assert opens(sparkle, session)
    later(sparkle, hours=1)
    assert not opens(sparkle, session)


def test_short_sessions_slide_in_half_their_time(ada: Somebody) -> None:
    """Stops a session of a day, used all day, from ending because its use is noted once a day."""
    brief = in_memory(seed=13, rules=Rules(security=SecurityRules(session_days=1)))
    session = signed_in(brief, member(brief, "ada"))
    for _ in range(5):
        later(brief, hours=13)
        assert opens(brief, session)
    later(brief, hours=24)
    assert not opens(brief, session)


@pytest.mark.parametrize(
    ("rules", "at"),
    [
        ({"session_limit_days": 181}, "session_limit_days"),
        ({"session_limit_days": 60}, "session_limit_days"),
        ({"session_slide_h": 0}, "session_slide_h"),
        ({"session_slide_h": 169}, "session_slide_h"),
        ({"remembered_days": 181}, "remembered_days"),
    ],
)
def test_rules_that_let_sessions_go_on_for_too_long_are_refused(rules: dict[str, int], at: str) -> None:
    with pytest.raises(Invalid) as refused:
        SecurityRules(**rules)  # type: ignore[arg-type]
    assert [fault.path for fault in refused.value.faults] == [at]
    assert SecurityRules(session_days=20, remembered_days=60, session_limit_days=60).session_limit.days == 60


def test_one_sees_where_one_is_signed_in(sparkle: Sparkle, ada: Somebody) -> None:
    first, second = signed_in(sparkle, ada), signed_in(sparkle, ada)
    sparkle.run(LogOut(), actor=signed_in(sparkle, ada).actor)
    listed = sparkle.run(MySessions(), actor=second.actor)
    assert [(s.id, s.current) for s in listed] == [(second.actor.session_id, True), (first.actor.session_id, False)]
    assert {(s.address, s.user_agent) for s in listed} == {("198.51.100.7", "Browser 1")}
    assert {s.program.label for s in listed} == {"an unknown program"}


def test_one_sees_which_program_a_session_is_in(sparkle: Sparkle, ada: Somebody) -> None:
    firefox = Origin(user_agent="Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0")
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD), origin=firefox)
    (listed,) = sparkle.run(MySessions(), actor=session.actor)
    assert (listed.program.label, listed.program.version, listed.program.device) == (
        "Firefox on Windows",
        "145",
        DeviceKind.DESKTOP,
    )


def test_one_sees_what_a_device_is_called_and_when_it_was_last_used(sparkle: Sparkle, ada: Somebody) -> None:
    named = sparkle.run(LogIn(email=ada.email, password=PASSWORD, device_label="Ada's phone"))
    other, began = signed_in(sparkle, ada), sparkle.world.moment().now
    later(sparkle, days=2)
    opens(sparkle, named)
    later(sparkle, hours=3)
    current, phone = sparkle.run(MySessions(), actor=other.actor)
    assert (current.device_label, phone.device_label) == (None, "Ada's phone")
    assert sparkle.world.moment().now - current.used_at < SOON
    assert phone.used_at - began - timedelta(days=2) < SOON
    sparkle.run(ProveIdentity(password=PASSWORD), actor=named.actor)
    (_, phone) = sparkle.run(MySessions(), actor=other.actor)
    assert sparkle.world.moment().now - phone.used_at < SOON


@pytest.mark.parametrize("ended", ["revoked", "lapsed", "of an older epoch"])
def test_sessions_that_have_ended_hide_none_that_goes_on(sparkle: Sparkle, ada: Somebody, ended: str) -> None:
    """Stops hiding a stolen session from its owner behind as many that have ended as are listed."""
    stolen = signed_in(sparkle, ada, remember=True)
    later(sparkle, seconds=1)

    async def bury(tx: Transaction) -> None:
        whole = await tx.records.one(SESSIONS, eq("user_id", ada.id))
        assert whole is not None
        if ended == "revoked":
            dead = evolve(whole, revoked_at=whole.created_at)
        elif ended == "lapsed":
            dead = evolve(whole, expires_at=whole.created_at)
        else:
            dead = evolve(whole, epoch=whole.epoch - 1)
        moment = sparkle.world.moment()
        for n in range(PAGE_MAX):
            tx.records.save(SESSIONS, evolve(dead, id=moment.new_id(), token_hash=f"{n:064}", version=0))

    sparkle.run_coroutine(sparkle.store.transact(bury))
    assert [s.id for s in sparkle.run(MySessions(), actor=ada.actor)] == [stolen.actor.session_id]
    assert [s.id for s in sparkle.run(SessionsOf(user_id=ada.id), actor=SYSTEM)] == [stolen.actor.session_id]


def test_one_ends_a_session_of_ones_own_and_of_nobody_else(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops ending other people's sessions by trying ids."""
    mine, other, bob = signed_in(sparkle, ada), signed_in(sparkle, ada), signed_in(sparkle, member(sparkle, "bob"))
    assert other.actor.session_id
    assert bob.actor.session_id
    sparkle.run(RevokeSession(session_id=other.actor.session_id), actor=mine.actor)
    with pytest.raises(NotFound):
        sparkle.run(RevokeSession(session_id=bob.actor.session_id), actor=mine.actor)
    assert [opens(sparkle, s) for s in (mine, other, bob)] == [True, False, True]
    sparkle.run(RevokeSession(session_id=other.actor.session_id), actor=mine.actor)


def test_one_ends_all_sessions_but_this_one(sparkle: Sparkle, ada: Somebody) -> None:
    others, mine = [signed_in(sparkle, ada) for _ in range(3)], signed_in(sparkle, ada)
    sparkle.run(RevokeOtherSessions(), actor=mine.actor)
    assert [opens(sparkle, s) for s in (*others, mine)] == [False, False, False, True]
    assert [s.id for s in sparkle.run(MySessions(), actor=mine.actor)] == [mine.actor.session_id]


def test_proving_it_again_opens_what_asks_for_that_and_changes_the_token(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a token that was stolen before from gaining by the proof (ASVS 5.0, 7.2.4)."""
    before = signed_in(sparkle, ada)
    later(sparkle, minutes=6)
    with pytest.raises(StepUpRequired):
        sparkle.run(DeleteAccount(), actor=before.actor)
    after = sparkle.run(ProveIdentity(password=PASSWORD), actor=before.actor)
    assert (opens(sparkle, before), opens(sparkle, after)) == (False, True)
    assert after.actor.session_id == before.actor.session_id
    sparkle.run(DeleteAccount(), actor=sparkle.run(Authenticate(token=after.token)))


def test_what_was_remembered_of_a_session_ends_with_it_and_with_its_token(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a cache from keeping a session that was ended, or a token that a proof has replaced."""
    for ending in ("a proof", "an end", "all others", "an administrator"):
        session, other = signed_in(sparkle, ada), signed_in(sparkle, ada)
        remembered = sparkle.run(Authenticate(token=session.token, for_a_call=True))
        assert sparkle.run(MySessions(), actor=remembered)
        assert session.actor.session_id
        if ending == "a proof":
            sparkle.run(ProveIdentity(password=PASSWORD), actor=session.actor)
        elif ending == "an end":
            sparkle.run(RevokeSession(session_id=session.actor.session_id), actor=other.actor)
        elif ending == "all others":
            sparkle.run(RevokeOtherSessions(), actor=other.actor)
        else:
            sparkle.run(RevokeSessions(user_id=ada.id, session_id=session.actor.session_id), actor=SYSTEM)
        with pytest.raises(SessionLapsed):
            sparkle.run(MySessions(), actor=remembered)
        assert (opens(sparkle, session), opens(sparkle, other)) == (False, True)


def test_a_proof_is_guessed_five_times_at_most(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops guessing the password in an open browser: the right one no longer helps either."""
    session = signed_in(sparkle, ada)
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            sparkle.run(ProveIdentity(password="wrong"), actor=session.actor)
    with pytest.raises(InvalidCredentials):
        sparkle.run(ProveIdentity(password=PASSWORD), actor=session.actor)
    later(sparkle, minutes=15)
    assert opens(sparkle, sparkle.run(ProveIdentity(password=PASSWORD), actor=session.actor))


def test_a_right_proof_gives_the_tries_back(sparkle: Sparkle, ada: Somebody) -> None:
    actor = signed_in(sparkle, ada).actor
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(InvalidCredentials):
                sparkle.run(ProveIdentity(password="wrong"), actor=actor)
        actor = sparkle.run(ProveIdentity(password=PASSWORD), actor=actor).actor


def test_a_session_that_has_ended_proves_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a revoked session from coming back by a proof that was on its way."""
    session = signed_in(sparkle, ada)
    sparkle.run(LogOut(), actor=session.actor)
    with pytest.raises(Unauthenticated):
        sparkle.run(ProveIdentity(password=PASSWORD), actor=session.actor)
    with pytest.raises(NotFound):
        sparkle.run(ProveIdentity(password=PASSWORD), actor=Actor(user_id=ada.id))
    with pytest.raises(Invalid, match="key"):
        sparkle.run(ProveIdentity(password=PASSWORD), actor=session.actor, key="k")


def test_administrators_see_and_end_the_sessions_of_those_below_them(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a moderator from doing it, and an administrator from locking out another."""
    admin, peer, moderator = (
        member(sparkle, name, role)
        for name, role in (("root1", Role.ADMIN), ("root2", Role.ADMIN), ("mod1", Role.MODERATOR))
    )
    first, second = signed_in(sparkle, ada), signed_in(sparkle, ada)
    with pytest.raises(Forbidden):
        sparkle.run(SessionsOf(user_id=ada.id), actor=moderator.actor)
    listed = sparkle.run(SessionsOf(user_id=ada.id), actor=admin.actor)
    assert [s.id for s in listed] == [second.actor.session_id, first.actor.session_id]
    sparkle.run(RevokeSessions(user_id=ada.id, session_id=listed[0].id), actor=admin.actor)
    assert (opens(sparkle, first), opens(sparkle, second)) == (True, False)
    sparkle.run(RevokeSessions(user_id=ada.id), actor=admin.actor)
    assert not opens(sparkle, first)
    with pytest.raises(NotFound):
        sparkle.run(RevokeSessions(user_id=moderator.id, session_id=listed[0].id), actor=admin.actor)
    with pytest.raises(Outranked):
        sparkle.run(RevokeSessions(user_id=peer.id), actor=admin.actor)
    sparkle.run(RevokeSessions(user_id=peer.id), actor=SYSTEM)


def test_signing_in_again_ends_the_session_that_one_came_by(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a token that was planted or copied before from opening what its owner goes on with (ASVS 5.0, 7.2.4)."""
    before, beside = (sparkle.run(LogIn(email=ada.email, password=PASSWORD)) for _ in "ab")
    after = sparkle.run(LogIn(email=ada.email, password=PASSWORD), actor=before.actor)
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=before.token))
    assert {sparkle.run(Authenticate(token=t.token)).user_id for t in (beside, after)} == {ada.id}


def test_signing_in_by_a_session_that_has_ended_ends_nothing_more(sparkle: Sparkle, ada: Somebody) -> None:
    ended, beside = (sparkle.run(LogIn(email=ada.email, password=PASSWORD)) for _ in "ab")
    sparkle.run(LogOut(), actor=ended.actor)
    sparkle.run(LogIn(email=ada.email, password=PASSWORD), actor=ended.actor)
    assert sparkle.run(Authenticate(token=beside.token)).user_id == ada.id


def test_a_csrf_token_is_a_sessions_and_a_call_without_one_gets_none(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(NotFound):
        sparkle.run(MyCsrfToken(), actor=Actor(user_id=ada.id))


def test_a_call_by_a_cookie_needs_the_token_of_its_own_session(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops another site, and somebody with a session of their own, from changing something in somebody's name."""
    mine, theirs = (sparkle.run(LogIn(email=who.email, password=PASSWORD)) for who in (ada, bob))
    token, other = (sparkle.run(MyCsrfToken(), actor=session.actor).token for session in (mine, theirs))
    assert sparkle.run(Authenticate(token=mine.token, csrf=token)) == mine.actor
    for wrong in (other, "", "csrf_1." + "0" * 64):
        with pytest.raises(CsrfRejected):
            sparkle.run(Authenticate(token=mine.token, csrf=wrong))
    later(sparkle, days=2)
    with pytest.raises(CsrfRejected):
        sparkle.run(Authenticate(token=mine.token, csrf=token))
