"""Leaving: the time of grace, what one may do in it, and staying after all. Each test says what it stops."""

from datetime import timedelta

import pytest
from tests.support.clock import later
from tests.support.people import PASSWORD, Somebody, being_erased, member, newcomer
from tests.support.writing import publish

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    Authenticate,
    CancelDeletion,
    ChangeStatus,
    DeleteAccount,
    EraseAccount,
    LoggedIn,
    LogIn,
    MyProfile,
    PublicProfile,
    SearchPeople,
    VerifyEmail,
)
from sparkle_core.application.auditing import AuditLog
from sparkle_core.application.content import LatestPosts
from sparkle_core.application.erasing import EraseNext
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE, SYSTEM, Role, Status
from sparkle_core.domain.accounts.errors import (
    InvalidCredentials,
    InvalidStatusTransition,
    NotLeaving,
)
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.rules import AccountsRules
from sparkle_core.domain.kernel.errors import Leaving, NotFound, NotWhile, Taken, Unauthenticated
from sparkle_core.ports.store import Transaction


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory()


def worked_until(sparkle: Sparkle, **by: float) -> None:
    """So much later, and the worker has done what was due by then."""
    later(sparkle, **by)
    sparkle.run_coroutine(sparkle.drain())


def signed_in(sparkle: Sparkle, somebody: Somebody) -> LoggedIn:
    return sparkle.run(LogIn(email=somebody.email, password=PASSWORD))


def leaves(sparkle: Sparkle, somebody: Somebody, *, keep_name: bool = True) -> None:
    sparkle.run(DeleteAccount(keep_name=keep_name), actor=signed_in(sparkle, somebody).actor)


def row_of(sparkle: Sparkle, somebody: Somebody) -> Person:
    async def body(tx: Transaction) -> Person | None:
        return await tx.records.get(PEOPLE, somebody.id)

    person = sparkle.run_coroutine(sparkle.store.read(body))
    assert person is not None
    return person


def test_whoever_left_is_told_from_when_on_they_are_erased(sparkle: Sparkle, ada: Somebody) -> None:
    departing = sparkle.run(DeleteAccount(), actor=signed_in(sparkle, ada).actor)
    asked_at = row_of(sparkle, ada).deletion_requested_at
    assert asked_at is not None
    assert departing.erased_from == asked_at + timedelta(days=30)
    letter = sparkle.mailbox.latest(ada.email)
    assert (letter.kind, letter.data["day"]) == ("leaving", f"{departing.erased_from:%-d %B %Y}")
    back = signed_in(sparkle, ada)
    assert sparkle.run(MyProfile(), actor=back.actor).erased_from == departing.erased_from


def test_the_time_of_grace_is_data() -> None:
    sparkle = in_memory(rules=Rules(accounts=AccountsRules(grace_days=7)))
    ada = member(sparkle, "ada")
    departing = sparkle.run(DeleteAccount(), actor=signed_in(sparkle, ada).actor)
    asked_at = row_of(sparkle, ada).deletion_requested_at
    assert asked_at is not None
    assert departing.erased_from == asked_at + timedelta(days=7)


def test_others_see_nobody_from_the_first_moment_on(sparkle: Sparkle, ada: Somebody) -> None:
    publish(sparkle, ada)
    leaves(sparkle, ada, keep_name=False)
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="ada"))
    assert sparkle.run(SearchPeople(text="ada")).items == ()
    (post,) = sparkle.run(LatestPosts()).items
    assert (post.author.username, post.author.display_name) == (None, "Deleted User")


def test_whoever_left_only_reads_and_stays(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops an account from being half gone: unseen by others, and still publishing."""
    leaves(sparkle, ada)
    back = signed_in(sparkle, ada)
    assert back.status is Status.DELETED
    assert sparkle.run(LatestPosts(), actor=back.actor).items == ()
    with pytest.raises(Leaving) as refused:
        publish(sparkle, ada)
    assert refused.value.erased_from == str(row_of(sparkle, ada).erasure_due_at).replace(" ", "T")


def test_every_session_from_before_has_ended(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever holds a stolen session from taking the leaving back."""
    before = signed_in(sparkle, ada)
    leaves(sparkle, ada)
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=before.token))


def test_whoever_signs_in_within_the_time_of_grace_can_stay(sparkle: Sparkle, ada: Somebody) -> None:
    publish(sparkle, ada)
    before = row_of(sparkle, ada)
    leaves(sparkle, ada, keep_name=False)
    worked_until(sparkle, days=29)
    sparkle.run(CancelDeletion(), actor=signed_in(sparkle, ada).actor)
    worked_until(sparkle, days=60)
    assert sparkle.run_coroutine(sparkle.erase()) == 0
    after = row_of(sparkle, ada)
    assert (after.stored_status, after.keep_name, after.deletion_requested_at) == (
        before.stored_status,
        before.keep_name,
        None,
    )
    assert sparkle.run(PublicProfile(username="ada")).display_name == "ada"
    (post,) = sparkle.run(LatestPosts()).items
    assert post.author.username == "ada"
    assert sparkle.mailbox.latest(ada.email).kind == "stays"


def test_signing_in_alone_keeps_nobody_here(sparkle: Sparkle, ada: Somebody) -> None:
    """It has to be said, so that nobody stays who only wanted to look at their export."""
    leaves(sparkle, ada)
    signed_in(sparkle, ada)
    worked_until(sparkle, days=31)
    assert sparkle.run_coroutine(sparkle.erase()) > 0


def test_who_has_not_left_cannot_stay_and_who_has_cannot_leave_again(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(NotLeaving):
        sparkle.run(CancelDeletion(), actor=ada.actor)
    leaves(sparkle, ada)
    with pytest.raises(InvalidStatusTransition):
        leaves(sparkle, ada)


def test_once_the_erasing_has_begun_nobody_comes_back(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops an account from being taken back half erased."""
    leaves(sparkle, ada)
    back = signed_in(sparkle, ada)
    being_erased(sparkle, ada.id)
    with pytest.raises(Unauthenticated):
        sparkle.run(CancelDeletion(), actor=back.actor)
    with pytest.raises(InvalidCredentials):
        signed_in(sparkle, ada)
    with pytest.raises(NotLeaving):
        row_of(sparkle, ada).stays()


def test_proving_the_address_does_not_bring_anybody_back(sparkle: Sparkle) -> None:
    """Stops an old code in a mailbox from undoing what its owner asked for."""
    bob = newcomer(sparkle, "bob")
    code = sparkle.mailbox.latest(bob.email).code
    leaves(sparkle, bob)
    sparkle.run(VerifyEmail(email=bob.email, code=code))
    assert row_of(sparkle, bob).status_at(sparkle.world.moment().now) is Status.DELETED
    sparkle.run(CancelDeletion(), actor=signed_in(sparkle, bob).actor)
    assert row_of(sparkle, bob).status_at(sparkle.world.moment().now) is Status.ACTIVE


def test_a_ban_outlives_leaving_and_coming_back(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops leaving and staying from being a way around a ban."""
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.BANNED, reason="Spam."), actor=SYSTEM)
    leaves(sparkle, ada)
    with pytest.raises(NotWhile):
        sparkle.run(LatestPosts(), actor=signed_in(sparkle, ada).actor)
    sparkle.run(CancelDeletion(), actor=signed_in(sparkle, ada).actor)
    assert row_of(sparkle, ada).status_at(sparkle.world.moment().now) is Status.BANNED


def test_the_address_of_who_has_left_is_theirs_until_they_are_erased(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever waits for it from taking an address over while its owner can still stay."""
    leaves(sparkle, ada)
    with pytest.raises(Taken):
        newcomer(sparkle, "ada")
    worked_until(sparkle, days=31)
    sparkle.run_coroutine(sparkle.erase())
    again = newcomer(sparkle, "ada")
    assert again.id != ada.id


def test_an_administrator_gives_whoever_they_delete_the_same_grace(sparkle: Sparkle, ada: Somebody) -> None:
    root = member(sparkle, "grace", Role.ADMIN)
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.DELETED, reason="Asked by mail."), actor=root.actor)
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="ada"))
    sparkle.run(CancelDeletion(), actor=signed_in(sparkle, ada).actor)
    assert sparkle.run(PublicProfile(username="ada")).id == ada.id


def test_an_operator_erases_at_once_with_the_name_that_was_chosen_before(sparkle: Sparkle, ada: Somebody) -> None:
    bob = member(sparkle, "bob")
    leaves(sparkle, ada, keep_name=True)
    for somebody in (ada, bob):
        sparkle.run(EraseAccount(user_id=somebody.id), actor=SYSTEM)
        while sparkle.run(EraseNext(user_id=somebody.id), actor=SYSTEM).user_id is not None:
            pass
    assert row_of(sparkle, ada).display_name == "ada"
    assert row_of(sparkle, bob).display_name == "Deleted User"
    with pytest.raises(NotFound):
        sparkle.run(EraseAccount(user_id=SeededWorld(9).moment().new_id()), actor=SYSTEM)  # type: ignore[arg-type]


def test_leaving_and_staying_are_in_the_audit_log(sparkle: Sparkle, ada: Somebody) -> None:
    leaves(sparkle, ada)
    sparkle.run(CancelDeletion(), actor=signed_in(sparkle, ada).actor)
    sparkle.run(EraseAccount(user_id=ada.id), actor=SYSTEM)
    entries = sparkle.run(AuditLog(subject=ada.id), actor=SYSTEM).items
    assert {e.command for e in entries} >= {"DeleteAccount", "CancelDeletion", "EraseAccount"}
