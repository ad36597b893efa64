"""Ways back in, other passwords and other addresses. Each test of a protection says which attack it stops."""

import pytest
from tests.support.clock import later
from tests.support.people import PASSWORD, Somebody, being_erased, member, newcomer

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    Authenticate,
    ChangeEmail,
    ChangePassword,
    ConfirmEmail,
    LogIn,
    RequestPasswordReset,
    ResetPassword,
)
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import EMAIL_CHANGES, PASSWORD_RESETS, SYSTEM, Actor, Status
from sparkle_core.domain.accounts.errors import CodeRejected, InvalidCredentials, ResetRejected
from sparkle_core.domain.kernel.errors import Invalid, Limited, NotFound, StepUpRequired, Taken, Unauthenticated
from sparkle_core.ports.store import Transaction

OTHER = "An0ther-horse-battery"


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=12)


def signed_in(sparkle: Sparkle, email: str = "ada@example.org", password: str = PASSWORD) -> Actor:
    return sparkle.run(LogIn(email=email, password=password)).actor


def asked(sparkle: Sparkle, email: str = "ada@example.org") -> str:
    """A token that was mailed."""
    sparkle.run(RequestPasswordReset(email=email))
    return sparkle.mailbox.latest(email).data["token"]


def test_with_the_mailed_token_one_chooses_a_new_password(sparkle: Sparkle, ada: Somebody) -> None:
    token = asked(sparkle)
    sparkle.run(ResetPassword(token=token, password=OTHER))
    assert sparkle.run(LogIn(email=ada.email, password=OTHER)).status is Status.ACTIVE
    with pytest.raises(InvalidCredentials):
        sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    assert sparkle.mailbox.latest(ada.email).kind == "password_changed"


def test_a_reset_ends_every_session(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever has a stolen session from staying."""
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    sparkle.run(ResetPassword(token=asked(sparkle), password=OTHER))
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=session.token))


def test_a_token_works_once(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a mail that is read later from taking the account over."""
    token = asked(sparkle)
    sparkle.run(ResetPassword(token=token, password=OTHER))
    with pytest.raises(ResetRejected):
        sparkle.run(ResetPassword(token=token, password=PASSWORD))


def test_another_new_password_ends_the_tokens_from_before(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops an older mail from undoing what its owner just did."""
    first, second = asked(sparkle), asked(sparkle)
    sparkle.run(ResetPassword(token=second, password=OTHER))
    with pytest.raises(ResetRejected):
        sparkle.run(ResetPassword(token=first, password=PASSWORD))


@pytest.mark.parametrize("token", ["", "reset_", "reset_AAAA", "sess_AAAA", "🎺"])
def test_a_token_that_is_none_is_refused_like_an_old_one(sparkle: Sparkle, ada: Somebody, token: str) -> None:
    with pytest.raises(ResetRejected):
        sparkle.run(ResetPassword(token=token, password=OTHER))


def test_a_token_is_good_for_an_hour(sparkle: Sparkle, ada: Somebody) -> None:
    token = asked(sparkle)
    later(sparkle, minutes=59)
    with pytest.raises(Invalid, match="password"):
        sparkle.run(ResetPassword(token=token, password="short"))
    later(sparkle, minutes=1)
    with pytest.raises(ResetRejected):
        sparkle.run(ResetPassword(token=token, password=OTHER))


def test_every_fault_of_a_new_password_is_named_and_the_token_stays_good(sparkle: Sparkle, ada: Somebody) -> None:
    token = asked(sparkle)
    with pytest.raises(Invalid) as refused:
        sparkle.run(ResetPassword(token=token, password="aaaa"))
    assert len(refused.value.faults) >= 4
    sparkle.run(ResetPassword(token=token, password=OTHER))


def test_asking_answers_the_same_for_an_address_that_nobody_has(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops finding out who has an account: same answer, same rows written, and a mail to the owner alone."""
    for email in (ada.email, "nobody@example.org"):
        sparkle.run(RequestPasswordReset(email=email))
    assert [letter.to for letter in sparkle.mailbox.letters if letter.kind == "reset_password"] == [ada.email]

    async def written(tx: Transaction) -> int:
        return len(await tx.records.find(PASSWORD_RESETS))

    assert sparkle.run_coroutine(sparkle.store.read(written)) == 2


def test_an_address_is_asked_for_three_times_an_hour_at_most(sparkle: Sparkle) -> None:
    """Stops flooding somebody's mailbox; the same for an address that nobody has."""
    for _ in range(3):
        sparkle.run(RequestPasswordReset(email="nobody@example.org"))
    with pytest.raises(Limited):
        sparkle.run(RequestPasswordReset(email="Nobody@example.org"))
    later(sparkle, hours=1)
    sparkle.run(RequestPasswordReset(email="nobody@example.org"))


def test_whoever_left_gets_no_way_back_in(sparkle: Sparkle, ada: Somebody) -> None:
    before = asked(sparkle)
    being_erased(sparkle, ada.id)
    sparkle.run(RequestPasswordReset(email=ada.email))
    assert [letter.kind for letter in sparkle.mailbox.letters].count("reset_password") == 1
    with pytest.raises(ResetRejected):
        sparkle.run(ResetPassword(token=before, password=OTHER))


def test_a_newcomer_who_has_not_verified_yet_can_reset_too(sparkle: Sparkle) -> None:
    bob = newcomer(sparkle, "bob")
    sparkle.run(ResetPassword(token=asked(sparkle, bob.email), password=OTHER))
    assert sparkle.run(LogIn(email=bob.email, password=OTHER)).status is Status.PENDING_VERIFICATION


def test_changing_the_password_keeps_this_session_and_ends_the_others(sparkle: Sparkle, ada: Somebody) -> None:
    other = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    here = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    sparkle.run(ChangePassword(password=OTHER), actor=here.actor)
    assert sparkle.run(Authenticate(token=here.token)) == here.actor
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=other.token))
    assert signed_in(sparkle, password=OTHER).user_id == ada.id
    assert sparkle.mailbox.latest(ada.email).kind == "password_changed"


def test_a_password_can_be_changed_without_a_session_and_the_system_has_none(sparkle: Sparkle, ada: Somebody) -> None:
    other = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    sparkle.run(ChangePassword(password=OTHER), actor=Actor(user_id=ada.id, proved_at=other.actor.proved_at))
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=other.token))
    with pytest.raises(NotFound):
        sparkle.run(ChangePassword(password=OTHER), actor=SYSTEM)


def test_changing_password_or_address_needs_a_fresh_proof(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever finds an open browser from taking the account over."""
    actor = signed_in(sparkle)
    later(sparkle, minutes=5, seconds=1)
    for command in (ChangePassword(password=OTHER), ChangeEmail(email="new@example.org")):
        with pytest.raises(StepUpRequired):
            sparkle.run(command, actor=actor)


def moves(sparkle: Sparkle, actor: Actor, to: str = "lovelace@example.org") -> str:
    """A change of address on its way: the code that was mailed there."""
    sparkle.run(ChangeEmail(email=to), actor=actor)
    return sparkle.mailbox.latest(to).code


def test_an_address_changes_once_its_code_is_told_and_the_old_one_hears_of_it(sparkle: Sparkle, ada: Somebody) -> None:
    here, other = (sparkle.run(LogIn(email=ada.email, password=PASSWORD)) for _ in range(2))
    code = moves(sparkle, here.actor)
    assert signed_in(sparkle).user_id == ada.id, "nothing has changed yet"
    sparkle.run(ConfirmEmail(code=code), actor=here.actor)
    assert signed_in(sparkle, "lovelace@example.org").user_id == ada.id
    with pytest.raises(InvalidCredentials):
        signed_in(sparkle)
    assert sparkle.mailbox.latest(ada.email).kind == "email_changed"
    assert sparkle.run(Authenticate(token=here.token)) == here.actor
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=other.token))


def test_a_way_back_in_by_the_old_address_ends_with_it(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops somebody who had the old mailbox from using what was mailed there before."""
    token, here = asked(sparkle), signed_in(sparkle)
    sparkle.run(ConfirmEmail(code=moves(sparkle, here)), actor=here)
    with pytest.raises(ResetRejected):
        sparkle.run(ResetPassword(token=token, password=OTHER))


def test_five_wrong_codes_end_a_change_of_address(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops guessing six digits."""
    here = signed_in(sparkle)
    code = moves(sparkle, here)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        with pytest.raises(CodeRejected):
            sparkle.run(ConfirmEmail(code=wrong), actor=here)
    with pytest.raises(CodeRejected):
        sparkle.run(ConfirmEmail(code=code), actor=here)


def test_a_code_is_good_for_ten_minutes_once_and_only_the_newest(sparkle: Sparkle, ada: Somebody) -> None:
    here = signed_in(sparkle)
    first, second = moves(sparkle, here), moves(sparkle, here, "later@example.org")
    with pytest.raises(CodeRejected):
        sparkle.run(ConfirmEmail(code=first), actor=here)
    sparkle.run(ConfirmEmail(code=second), actor=here)
    with pytest.raises(CodeRejected):
        sparkle.run(ConfirmEmail(code=second), actor=here)
    third = moves(sparkle, signed_in(sparkle, "later@example.org"), "third@example.org")
    later(sparkle, minutes=10)
    with pytest.raises(CodeRejected):
        sparkle.run(ConfirmEmail(code=third), actor=here)


def test_wanting_an_address_that_somebody_has_says_nothing_and_tells_its_owner(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops finding out who has an account."""
    bob = member(sparkle, "bob")
    here = signed_in(sparkle)
    sparkle.run(ChangeEmail(email=bob.email), actor=here)
    assert sparkle.mailbox.latest(bob.email).kind == "address_in_use"
    with pytest.raises(Invalid, match="yours already"):
        sparkle.run(ChangeEmail(email=ada.email.upper()), actor=here)


def test_whoever_is_slower_does_not_get_the_address(sparkle: Sparkle, ada: Somebody) -> None:
    here, bob = signed_in(sparkle), member(sparkle, "bob")
    there = sparkle.run(LogIn(email=bob.email, password=PASSWORD)).actor
    mine, theirs = moves(sparkle, here), moves(sparkle, there)
    sparkle.run(ConfirmEmail(code=theirs), actor=there)
    with pytest.raises(Taken, match="email"):
        sparkle.run(ConfirmEmail(code=mine), actor=here)
    assert signed_in(sparkle).user_id == ada.id


def test_addresses_are_asked_for_three_times_an_hour(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops sending codes to strangers by the hundred."""
    here = signed_in(sparkle)
    for n in range(3):
        sparkle.run(ChangeEmail(email=f"new{n}@example.org"), actor=here)
    with pytest.raises(Limited):
        sparkle.run(ChangeEmail(email="new4@example.org"), actor=here)


def test_no_row_and_no_event_holds_what_was_mailed(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a dump of the database from opening an account."""
    token, code = asked(sparkle), moves(sparkle, signed_in(sparkle))

    async def everything(tx: Transaction) -> str:
        rows = [await tx.records.find(kind) for kind in (PASSWORD_RESETS, EMAIL_CHANGES, OUTBOX)]
        return repr(rows)

    dump = sparkle.run_coroutine(sparkle.store.read(everything))
    assert token not in dump
    assert token.removeprefix("reset_") not in dump
    assert f"'{code}'" not in dump


def test_what_has_run_out_is_tidied_up_a_day_later(sparkle: Sparkle, ada: Somebody) -> None:
    asked(sparkle)
    moves(sparkle, signed_in(sparkle))
    later(sparkle, days=2)
    sparkle.run(TidyUp(), actor=SYSTEM)

    async def left(tx: Transaction) -> int:
        return len(await tx.records.find(PASSWORD_RESETS)) + len(await tx.records.find(EMAIL_CHANGES))

    assert sparkle.run_coroutine(sparkle.store.read(left)) == 0
