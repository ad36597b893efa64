"""An address that nobody has proved is whose code is told. Each test says which attack it stops."""

import base64
import re
from datetime import date, timedelta
from typing import Any

import pytest
from tests.support.clock import later
from tests.support.people import BORN, PASSWORD, Somebody, member, newcomer, referral_code_of

from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    Authenticate,
    ChangeEmail,
    ChangePassword,
    ChangeStatus,
    ConfirmEmail,
    EnableTwoFactor,
    LoggedIn,
    LogIn,
    MyAlerts,
    MyLogins,
    MyProfile,
    ProveIdentity,
    PublicProfile,
    RequestEmailCode,
    RevokeOtherSessions,
    SetUpTwoFactor,
    SignUp,
    VerifyEmail,
)
from sparkle_core.application.economy import BalanceOf
from sparkle_core.application.progression import ProgressOf
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import PEOPLE, SIGN_UPS, SYSTEM, Status
from sparkle_core.domain.accounts.alerts import AlertType
from sparkle_core.domain.accounts.errors import CodeRejected, InvalidCredentials
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.accounts.people import StoredStatus, suspension
from sparkle_core.domain.accounts.proofs import LoginResult
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.actors import Minor
from sparkle_core.domain.kernel.errors import Invalid, StepUpRequired, Unauthenticated
from sparkle_core.ports.store import Transaction

VICTIM = "victim@example.org"
OWN = "0wn-Horse-battery-staple"


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=14)


def signs_up(sparkle: Sparkle, username: str | None, password: str, email: str = VICTIM, **more: Any) -> str:
    """Somebody signs up with the one address; the code that is mailed for it."""
    asks_to_join(sparkle, username, password, email, **more)
    return next(m.code for m in reversed(sparkle.mailbox.letters) if m.to == email and m.kind == "verify_email")


def asks_to_join(
    sparkle: Sparkle,
    username: str | None,
    password: str,
    email: str = VICTIM,
    *,
    born: date = BORN,
    brought_by: str | None = None,
) -> None:
    sparkle.run(
        SignUp(
            email=email,
            username=username,
            password=password,
            agree_to_terms=True,
            birth_date=born,
            referral_code=brought_by,
            guardian_email="guardian@example.org" if born != BORN else None,
        )
    )


def logs_in(sparkle: Sparkle, password: str) -> LoggedIn:
    return sparkle.run(LogIn(email=VICTIM, password=password))


def test_who_waits_with_somebody_elses_address_gets_nothing_when_its_owner_proves_it(sparkle: Sparkle) -> None:
    """Stops hijacking an account before it is there: a stranger's password, session and second factor."""
    signs_up(sparkle, "stranger", PASSWORD)
    waiting = logs_in(sparkle, PASSWORD)
    setup = sparkle.run(SetUpTwoFactor(), actor=waiting.actor)
    secret = base64.b32decode(setup.secret)
    code = PlainOneTimePasswords().code(secret, step_at(sparkle.world.moment().now))
    sparkle.run(EnableTwoFactor(code=code), actor=waiting.actor)

    code = signs_up(sparkle, "vic", OWN)
    assert sparkle.mailbox.latest(VICTIM).data["username"] == "vic"
    sparkle.run(VerifyEmail(email=VICTIM, code=code))

    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=waiting.token))
    with pytest.raises(InvalidCredentials):
        logs_in(sparkle, PASSWORD)
    mine = logs_in(sparkle, OWN)
    assert (mine.status, sparkle.run(MyProfile(), actor=mine.actor).username) == (Status.ACTIVE, "vic")
    assert sparkle.run(PublicProfile(username="vic")).display_name == "vic"


def test_the_code_decides_and_not_who_came_last(sparkle: Sparkle) -> None:
    """Stops a stranger who signs up after the owner, while their code is on its way."""
    first = signs_up(sparkle, "vic", OWN)
    second = signs_up(sparkle, "stranger", PASSWORD)
    assert first != second
    sparkle.run(VerifyEmail(email=VICTIM, code=first))
    assert logs_in(sparkle, OWN).status is Status.ACTIVE
    with pytest.raises(InvalidCredentials):
        logs_in(sparkle, PASSWORD)
    with pytest.raises(CodeRejected):
        sparkle.run(VerifyEmail(email=VICTIM, code=second))


def test_a_wrong_code_is_a_try_of_every_sign_up_with_the_address(sparkle: Sparkle) -> None:
    """Stops signing up again from giving more guesses at a code."""
    codes = {signs_up(sparkle, "vic", OWN), signs_up(sparkle, "stranger", PASSWORD)}
    wrong = next(f"{n:06d}" for n in range(9) if f"{n:06d}" not in codes)
    for _ in range(5):
        with pytest.raises(CodeRejected):
            sparkle.run(VerifyEmail(email=VICTIM, code=wrong))
    for code in codes:
        with pytest.raises(CodeRejected):
            sparkle.run(VerifyEmail(email=VICTIM, code=code))


def test_another_code_is_for_the_sign_up_that_waits(sparkle: Sparkle) -> None:
    signs_up(sparkle, "stranger", PASSWORD)
    signs_up(sparkle, "vic", OWN)
    later(sparkle, minutes=11)
    sparkle.run(RequestEmailCode(email=VICTIM))
    letter = sparkle.mailbox.latest(VICTIM)
    assert letter.data["username"] == "vic"
    sparkle.run(VerifyEmail(email=VICTIM, code=letter.code))
    assert logs_in(sparkle, OWN).status is Status.ACTIVE


def test_the_age_is_that_of_whose_code_is_told(sparkle: Sparkle) -> None:
    """Stops a child from getting round the consent by signing up before as somebody older."""
    signs_up(sparkle, "older", PASSWORD)
    code = signs_up(sparkle, "kid", OWN, born=sparkle.world.moment().now.date().replace(year=2016))
    sparkle.run(VerifyEmail(email=VICTIM, code=code))
    assert sparkle.run(MyProfile(), actor=logs_in(sparkle, OWN).actor).minor is Minor.WITHOUT_CONSENT
    assert sparkle.mailbox.latest("guardian@example.org").data["username"] == "kid"


def test_who_chose_no_name_gets_one_of_their_own_and_not_the_strangers(sparkle: Sparkle) -> None:
    signs_up(sparkle, "stranger", PASSWORD)
    code = signs_up(sparkle, None, OWN)
    assert sparkle.mailbox.latest(VICTIM).data["username"] == "victim"
    sparkle.run(VerifyEmail(email=VICTIM, code=code))
    assert sparkle.run(MyProfile(), actor=logs_in(sparkle, OWN).actor).username == "victim"


def test_who_is_too_late_for_a_name_gets_a_made_one_and_not_the_strangers(sparkle: Sparkle) -> None:
    signs_up(sparkle, "stranger", PASSWORD)
    code = signs_up(sparkle, "vic", OWN)
    newcomer(sparkle, "vic")
    sparkle.run(VerifyEmail(email=VICTIM, code=code))
    assert sparkle.run(MyProfile(), actor=logs_in(sparkle, OWN).actor).username == "victim"


def test_the_name_made_for_who_is_too_late_does_not_pose_as_the_team(sparkle: Sparkle) -> None:
    """Stops getting by a claim the name that is blocked when one asks for it."""
    address = "sp4rkle_te4m@example.org"
    signs_up(sparkle, "stranger", PASSWORD, email=address)
    code = signs_up(sparkle, "vic", OWN, email=address)
    newcomer(sparkle, "vic")
    sparkle.run(VerifyEmail(email=address, code=code))
    mine = sparkle.run(LogIn(email=address, password=OWN))
    assert re.fullmatch("fan_[0-9a-z]{4}", sparkle.run(MyProfile(), actor=mine.actor).username)


def test_the_code_of_a_sign_up_that_was_forgotten_opens_nothing(sparkle: Sparkle) -> None:
    """Stops a stranger from getting the account when its owner tells the code that was mailed for their own sign-up."""
    signs_up(sparkle, "stranger", PASSWORD)
    code = signs_up(sparkle, "vic", OWN)
    forget_sign_ups(sparkle)
    with pytest.raises(CodeRejected):
        sparkle.run(VerifyEmail(email=VICTIM, code=code))
    assert logs_in(sparkle, PASSWORD).status is Status.PENDING_VERIFICATION


def test_no_letter_is_written_for_a_sign_up_that_was_forgotten() -> None:
    sparkle = in_memory(inline=False)
    for username, password in (("stranger", PASSWORD), ("vic", OWN)):
        asks_to_join(sparkle, username, password)
        sparkle.run_coroutine(sparkle.drain())
    sparkle.run(RequestEmailCode(email=VICTIM))
    letters = len(sparkle.mailbox.letters)
    forget_sign_ups(sparkle)
    sparkle.run_coroutine(sparkle.drain())
    assert len(sparkle.mailbox.letters) == letters == 2


def forget_sign_ups(sparkle: Sparkle) -> None:
    """What retention does to those that waited for too long."""

    async def body(tx: Transaction) -> None:
        await tx.records.erase(SIGN_UPS, [one.id for one in await tx.records.find(SIGN_UPS)])

    sparkle.run_coroutine(sparkle.store.transact(body))


def points_in_a_week(sparkle: Sparkle, *people: Somebody) -> list[int]:
    """What each has gained by the time that a referral is paid."""
    before = [sparkle.run(BalanceOf(user_id=one.id), actor=one.actor).available for one in people]
    later(sparkle, days=8)
    sparkle.run_coroutine(sparkle.drain())
    after = [sparkle.run(BalanceOf(user_id=one.id), actor=one.actor).available for one in people]
    return [now - then for then, now in zip(before, after, strict=True)]


def test_the_referral_is_that_of_whose_code_is_told(sparkle: Sparkle) -> None:
    """Stops earning points with other people's addresses: signing up with them, and waiting for their owners."""
    stranger, friend = member(sparkle, "stranger"), member(sparkle, "friend")
    signs_up(sparkle, "bait", PASSWORD, brought_by=referral_code_of(sparkle, stranger))
    code = signs_up(sparkle, "vic", OWN, brought_by=referral_code_of(sparkle, friend))
    sparkle.run(VerifyEmail(email=VICTIM, code=code))
    assert points_in_a_week(sparkle, stranger, friend) == [0, 500]


def test_who_names_nobody_was_brought_by_nobody(sparkle: Sparkle) -> None:
    """Stops the same, where the owner of the address came by themselves."""
    stranger = member(sparkle, "stranger")
    signs_up(sparkle, "bait", PASSWORD, brought_by=referral_code_of(sparkle, stranger))
    sparkle.run(VerifyEmail(email=VICTIM, code=signs_up(sparkle, "vic", OWN)))
    assert points_in_a_week(sparkle, stranger) == [0]


def test_sign_ups_that_came_to_nothing_are_forgotten(sparkle: Sparkle) -> None:
    code = signs_up(sparkle, "vic", OWN)
    signs_up(sparkle, None, PASSWORD)
    sparkle.run(VerifyEmail(email=VICTIM, code=code))

    async def body(tx: Transaction) -> int:
        return len(await tx.records.find(SIGN_UPS))

    assert sparkle.run_coroutine(sparkle.store.read(body)) == 0


# sessions that have ended, and what else a review has found


def test_a_session_that_has_ended_ends_no_others_and_does_not_go_on(sparkle: Sparkle) -> None:
    """Stops a thief, whose call was let in a moment before, from ending the owner's session and keeping theirs."""
    ada = member(sparkle, "ada")
    thief, owner = (sparkle.run(LogIn(email=ada.email, password=PASSWORD)) for _ in range(2))
    sparkle.run(RevokeOtherSessions(), actor=owner.actor)
    for command in (RevokeOtherSessions(), ChangePassword(password=OWN)):
        with pytest.raises(Unauthenticated):
            sparkle.run(command, actor=thief.actor)
    assert sparkle.run(Authenticate(token=owner.token)) == owner.actor
    with pytest.raises(Unauthenticated):
        sparkle.run(Authenticate(token=thief.token))


def test_how_fresh_a_proof_has_to_be_is_a_rule_with_a_floor() -> None:
    sparkle = in_memory(rules=Rules(security=SecurityRules(step_up_s=60)))
    ada = member(sparkle, "ada")
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    later(sparkle, seconds=61)
    with pytest.raises(StepUpRequired) as asked:
        sparkle.run(ChangePassword(password=OWN), actor=session.actor)
    assert asked.value.max_age_s == 60
    with pytest.raises(Invalid, match="step_up_s"):
        SecurityRules(step_up_s=301)


def test_proving_another_address_proves_an_address(sparkle: Sparkle) -> None:
    bob = newcomer(sparkle, "bob")
    sparkle.run(ChangeEmail(email="bobby@example.org"), actor=bob.actor)
    code = sparkle.mailbox.latest("bobby@example.org").code
    sparkle.run(ConfirmEmail(code=code), actor=bob.actor)
    back = sparkle.run(LogIn(email="bobby@example.org", password=PASSWORD))
    assert back.status is Status.ACTIVE
    assert xp_of(sparkle, bob) == 30


def xp_of(sparkle: Sparkle, somebody: Somebody) -> int:
    return sparkle.run(ProgressOf(user_id=somebody.id)).xp


def test_who_is_verified_by_an_administrator_gets_what_verifying_gives(sparkle: Sparkle) -> None:
    owner = member(sparkle, "owner")
    bob = newcomer(sparkle, "bob", referral_code=referral_code_of(sparkle, owner))
    sparkle.run(ChangeStatus(user_id=bob.id, status=Status.ACTIVE, reason="Known."), actor=SYSTEM)
    assert xp_of(sparkle, bob) == 30
    assert points_in_a_week(sparkle, owner) == [500]


def test_lifting_the_suspension_of_who_never_proved_an_address_proves_none(sparkle: Sparkle) -> None:
    """Stops a suspension from being a way past proving one's address."""
    now = sparkle.world.moment().now
    bob = newcomer(sparkle, "bob")

    async def row(tx: Transaction) -> None:
        person = await tx.records.get(PEOPLE, bob.id)
        assert person is not None
        held = person.sanctioned(suspension(sparkle.world.moment().new_id(), now, 7, "Spam."))
        lifted = held.to_status(Status.ACTIVE, now, grace=timedelta(days=30))
        assert (lifted.stored_status, lifted.email_verified_at) == (StoredStatus.PENDING, None)
        assert lifted.status_at(now) is Status.PENDING_VERIFICATION

    sparkle.run_coroutine(sparkle.store.read(row))


def test_wrong_passwords_of_who_has_the_session_are_seen_and_raise_an_alert(sparkle: Sparkle) -> None:
    """Stops somebody at an unlocked screen from trying passwords that nobody hears of."""
    ada = member(sparkle, "ada")
    session = sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    for _ in range(5):
        with pytest.raises(InvalidCredentials):
            sparkle.run(ProveIdentity(password="Wr0ng-horse-battery"), actor=session.actor)
    tried = sparkle.run(MyLogins(), actor=session.actor).items
    assert [one.result for one in tried].count(LoginResult.WRONG) == 5
    alerts = {one.type for one in sparkle.run(MyAlerts(), actor=session.actor).items}
    assert AlertType.MULTIPLE_FAILED_LOGINS in alerts
