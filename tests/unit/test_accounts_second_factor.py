"""The second factor. Each test of a protection says which attack it stops."""

import base64
from collections.abc import Awaitable, Callable

import pytest
from tests.support.clock import later
from tests.support.people import PASSWORD, Somebody, member

from sparkle_adapters.memory.security import FastHasher, PlainOneTimePasswords
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    AnswerChallenge,
    ChangePassword,
    DisableTwoFactor,
    EnableTwoFactor,
    LoggedIn,
    LogIn,
    MakeBackupCodes,
    MyAlerts,
    MyTwoFactor,
    RequestPasswordReset,
    ResetPassword,
    SetUpTwoFactor,
    TwoFactorSetup,
)
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.application.upkeep import TidyUp
from sparkle_core.domain.accounts import BACKUP_CODES, LOGIN_CHALLENGES, LOGINS, SECOND_FACTORS, SYSTEM, Actor
from sparkle_core.domain.accounts.errors import (
    ChallengeRejected,
    CodeRejected,
    InvalidCredentials,
    SecondFactorRequired,
    TwoFactorAlreadyEnabled,
)
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.kernel.errors import Invalid, NotFound, StepUpRequired
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.store import Transaction


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=14)


def app(sparkle: Sparkle, setup: TwoFactorSetup, steps: int = 0) -> str:
    """What the app shows now, or so many steps later."""
    now = step_at(sparkle.world.moment().now)
    return PlainOneTimePasswords().code(base64.b32decode(setup.secret), now + steps)


def proved(sparkle: Sparkle, ada: Somebody) -> Actor:
    return Actor(user_id=ada.id, proved_at=sparkle.world.moment().now)


def has_two_factor(sparkle: Sparkle, ada: Somebody) -> TwoFactorSetup:
    """Ada with her second factor on, and half a minute later: the code that set it up is used."""
    setup = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    sparkle.run(EnableTwoFactor(code=app(sparkle, setup)), actor=ada.actor)
    later(sparkle, seconds=30)
    return setup


def challenge_of(sparkle: Sparkle, ada: Somebody, *, remember: bool = False) -> str:
    with pytest.raises(SecondFactorRequired) as asked:
        sparkle.run(LogIn(email=ada.email, password=PASSWORD, remember=remember))
    assert asked.value.expires_in_s == 300
    return asked.value.challenge


def answers(sparkle: Sparkle, challenge: str, code: str) -> LoggedIn:
    return sparkle.run(AnswerChallenge(challenge=challenge, code=code))


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_once_it_is_on_signing_in_takes_a_code_of_the_app(sparkle: Sparkle, ada: Somebody) -> None:
    setup = has_two_factor(sparkle, ada)
    session = answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup))
    assert session.actor.user_id == ada.id
    assert session.token.startswith("sess_")
    assert [letter.kind for letter in sparkle.mailbox.letters[-1:]] == ["two_factor_on"]


def test_a_setup_is_on_only_once_a_code_of_it_was_told(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops locking oneself out by an app that did not take the secret."""
    setup = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    assert sparkle.run(LogIn(email=ada.email, password=PASSWORD)).token
    with pytest.raises(CodeRejected):
        sparkle.run(EnableTwoFactor(code=wrong(app(sparkle, setup))), actor=ada.actor)
    assert not sparkle.run(MyTwoFactor(), actor=ada.actor).on
    sparkle.run(EnableTwoFactor(code=app(sparkle, setup)), actor=ada.actor)
    status = sparkle.run(MyTwoFactor(), actor=ada.actor)
    assert (status.on, status.backup_codes_left, status.few) == (True, 10, False)


def test_a_setup_is_pending_for_ten_minutes_and_the_newest_counts(sparkle: Sparkle, ada: Somebody) -> None:
    first = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    second = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    assert first.secret != second.secret
    with pytest.raises(CodeRejected):
        sparkle.run(EnableTwoFactor(code=app(sparkle, first)), actor=ada.actor)
    later(sparkle, minutes=10)
    with pytest.raises(CodeRejected):
        sparkle.run(EnableTwoFactor(code=app(sparkle, second)), actor=ada.actor)


def test_what_is_on_cannot_be_set_up_again(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever has an open browser from putting their own app in place of the owner's."""
    setup = has_two_factor(sparkle, ada)
    with pytest.raises(TwoFactorAlreadyEnabled):
        sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    with pytest.raises(TwoFactorAlreadyEnabled):
        sparkle.run(EnableTwoFactor(code=app(sparkle, setup)), actor=ada.actor)


def test_setting_it_up_and_new_backup_codes_take_a_fresh_proof(sparkle: Sparkle, ada: Somebody) -> None:
    actor = proved(sparkle, ada)
    later(sparkle, minutes=6)
    with pytest.raises(StepUpRequired):
        sparkle.run(SetUpTwoFactor(), actor=actor)
    with pytest.raises(StepUpRequired):
        sparkle.run(MakeBackupCodes(), actor=actor)


def test_what_an_app_needs_is_told_once_and_kept_encrypted(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a dump of the database from making codes."""
    setup = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    secret = base64.b32decode(setup.secret)
    assert len(secret) == 20
    assert setup.secret in setup.uri
    assert setup.picture.startswith("<?xml")

    async def kept(tx: Transaction) -> str:
        codes = await tx.records.find(BACKUP_CODES, eq("user_id", ada.id))
        return repr((await tx.records.get(SECOND_FACTORS, ada.id), codes))

    dump = sparkle.run_coroutine(sparkle.store.read(kept))
    hidden = (setup.secret, secret.hex(), base64.b64encode(secret).decode(), *setup.backup_codes)
    assert not [told for told in hidden if told in dump]
    assert setup.secret not in repr(setup)
    with pytest.raises(Invalid, match="key"):
        sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada), key="k")


def test_a_code_works_once(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever looks over a shoulder from using the same code (RFC 6238, 5.2)."""
    setup = has_two_factor(sparkle, ada)
    code = app(sparkle, setup)
    answers(sparkle, challenge_of(sparkle, ada), code)
    with pytest.raises(CodeRejected):
        answers(sparkle, challenge_of(sparkle, ada), code)


def test_an_older_code_is_refused_after_a_newer_one(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a code that was seen and not used from working within its window after its owner signed in."""
    setup = has_two_factor(sparkle, ada)
    seen = app(sparkle, setup)
    answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup, 1))
    with pytest.raises(CodeRejected):
        answers(sparkle, challenge_of(sparkle, ada), seen)


def test_the_code_that_turned_it_on_does_not_sign_in(sparkle: Sparkle, ada: Somebody) -> None:
    setup = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    sparkle.run(EnableTwoFactor(code=app(sparkle, setup)), actor=ada.actor)
    with pytest.raises(CodeRejected):
        answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup))


def test_clocks_may_be_a_step_off_and_no_more(sparkle: Sparkle, ada: Somebody) -> None:
    setup = has_two_factor(sparkle, ada)
    for steps in (-2, 2):
        with pytest.raises(CodeRejected):
            answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup, steps))
    assert answers(sparkle, challenge_of(sparkle, ada), f" {app(sparkle, setup, 1)[:3]} {app(sparkle, setup, 1)[3:]}")


def test_a_challenge_has_five_tries_five_minutes_and_one_session(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops guessing six digits, and using a challenge that was left open."""
    setup = has_two_factor(sparkle, ada)
    guessed = challenge_of(sparkle, ada)
    for _ in range(5):
        with pytest.raises(CodeRejected):
            answers(sparkle, guessed, wrong(app(sparkle, setup)))
    with pytest.raises(ChallengeRejected):
        answers(sparkle, guessed, app(sparkle, setup))
    left = challenge_of(sparkle, ada)
    later(sparkle, minutes=5)
    with pytest.raises(ChallengeRejected):
        answers(sparkle, left, app(sparkle, setup))
    done = challenge_of(sparkle, ada)
    answers(sparkle, done, app(sparkle, setup))
    later(sparkle, seconds=60)
    with pytest.raises(ChallengeRejected):
        answers(sparkle, done, app(sparkle, setup))
    with pytest.raises(ChallengeRejected):
        answers(sparkle, "login_nothing", app(sparkle, setup))


def test_a_new_password_ends_a_challenge_of_the_old_one(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever knows the old password from finishing what they began with it."""
    setup = has_two_factor(sparkle, ada)
    begun = challenge_of(sparkle, ada)
    sparkle.run(ChangePassword(password="An0ther-horse-battery"), actor=proved(sparkle, ada))
    with pytest.raises(ChallengeRejected):
        answers(sparkle, begun, app(sparkle, setup))


def test_challenge_after_challenge_ten_codes_are_guessed_at_most(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever has the password from guessing on with a new challenge each five tries."""
    setup = has_two_factor(sparkle, ada)
    for _ in range(2):
        begun = challenge_of(sparkle, ada)
        for _ in range(5):
            with pytest.raises(CodeRejected):
                answers(sparkle, begun, wrong(app(sparkle, setup)))
    with pytest.raises(CodeRejected):
        answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup))
    later(sparkle, minutes=15)
    answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup))


def test_a_right_code_gives_the_tries_back(sparkle: Sparkle, ada: Somebody) -> None:
    setup = has_two_factor(sparkle, ada)
    for _ in range(3):
        begun = challenge_of(sparkle, ada)
        for _ in range(4):
            with pytest.raises(CodeRejected):
                answers(sparkle, begun, wrong(app(sparkle, setup)))
        answers(sparkle, begun, app(sparkle, setup))
        later(sparkle, seconds=60)


@pytest.mark.parametrize("by", ["app", "backup code"])
def test_a_code_that_was_used_gives_no_tries_back(sparkle: Sparkle, ada: Somebody, by: str) -> None:
    """Stops whoever has the password and saw one code from guessing on by sending it again before the tries are up."""
    setup = has_two_factor(sparkle, ada)
    seen = app(sparkle, setup) if by == "app" else setup.backup_codes[0]
    answers(sparkle, challenge_of(sparkle, ada), seen)
    for _ in range(2):
        begun = challenge_of(sparkle, ada)
        for code in (*[wrong(app(sparkle, setup, steps=1))] * 4, seen):
            with pytest.raises(CodeRejected):
                answers(sparkle, begun, code)
    with pytest.raises(CodeRejected):
        answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup, steps=1))
    later(sparkle, minutes=15)
    answers(sparkle, challenge_of(sparkle, ada), app(sparkle, setup))


def test_a_backup_code_stands_in_once_however_it_is_typed(sparkle: Sparkle, ada: Somebody) -> None:
    setup = has_two_factor(sparkle, ada)
    code = setup.backup_codes[3]
    assert answers(sparkle, challenge_of(sparkle, ada), f" {code.replace('-', '').lower()} ").actor.user_id == ada.id
    letter = sparkle.mailbox.latest(ada.email)
    assert (letter.kind, letter.data["left"]) == ("backup_code_used", "9")
    with pytest.raises(CodeRejected):
        answers(sparkle, challenge_of(sparkle, ada), code)


class Overtaken(FastHasher):
    """Lets somebody be faster, once, right after a code was found to be right."""

    def __init__(self) -> None:
        super().__init__()
        self.by: Callable[[], Awaitable[object]] | None = None

    async def verify(self, stored: str | None, password: str) -> bool:
        right = await super().verify(stored, password)
        by, self.by = (self.by, None) if right else (None, self.by)
        if by is not None:
            await by()
        return right


def test_a_backup_code_that_is_used_while_it_is_looked_up_works_once() -> None:
    """Stops two who send the same code at once from both getting in."""
    hasher = Overtaken()
    with in_memory(seed=14, hasher=hasher) as sparkle:
        ada = member(sparkle, "ada")
        code = has_two_factor(sparkle, ada).backup_codes[0]
        first, second = challenge_of(sparkle, ada), challenge_of(sparkle, ada)
        hasher.by = lambda: sparkle(AnswerChallenge(challenge=second, code=code))
        with pytest.raises(CodeRejected):
            answers(sparkle, first, code)
        assert sparkle.run(MyTwoFactor(), actor=ada.actor).backup_codes_left == 9


def test_one_is_told_when_few_backup_codes_are_left_and_new_ones_replace_them(sparkle: Sparkle, ada: Somebody) -> None:
    setup = has_two_factor(sparkle, ada)
    for code in setup.backup_codes[:7]:
        answers(sparkle, challenge_of(sparkle, ada), code)
    assert sparkle.mailbox.latest(ada.email).kind == "few_backup_codes"
    assert sparkle.run(MyTwoFactor(), actor=ada.actor).few
    new = sparkle.run(MakeBackupCodes(), actor=proved(sparkle, ada)).codes
    assert len({*new, *setup.backup_codes}) == 20
    with pytest.raises(CodeRejected):
        answers(sparkle, challenge_of(sparkle, ada), setup.backup_codes[9])
    answers(sparkle, challenge_of(sparkle, ada), new[0])


def test_nobody_without_a_second_factor_has_backup_codes(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(NotFound):
        sparkle.run(MakeBackupCodes(), actor=proved(sparkle, ada))
    sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    with pytest.raises(NotFound):
        sparkle.run(MakeBackupCodes(), actor=proved(sparkle, ada))


@pytest.mark.parametrize("by", ["app", "backup code"])
def test_doing_without_it_takes_password_and_code(sparkle: Sparkle, ada: Somebody, by: str) -> None:
    """Stops whoever has an open browser, or the password alone, from taking it off."""
    setup = has_two_factor(sparkle, ada)
    code = app(sparkle, setup) if by == "app" else setup.backup_codes[0]
    with pytest.raises(InvalidCredentials):
        sparkle.run(DisableTwoFactor(password="wrong", code=code), actor=ada.actor)
    with pytest.raises(CodeRejected):
        sparkle.run(DisableTwoFactor(password=PASSWORD, code=wrong(app(sparkle, setup))), actor=ada.actor)
    sparkle.run(DisableTwoFactor(password=PASSWORD, code=code), actor=ada.actor)
    assert sparkle.run(LogIn(email=ada.email, password=PASSWORD)).token
    assert sparkle.mailbox.latest(ada.email).kind == "two_factor_off"

    async def left(tx: Transaction) -> int:
        codes = await tx.records.find(BACKUP_CODES, eq("user_id", ada.id))
        return len(codes) + (await tx.records.get(SECOND_FACTORS, ada.id) is not None)

    assert sparkle.run_coroutine(sparkle.store.read(left)) == 0
    with pytest.raises(NotFound):
        sparkle.run(DisableTwoFactor(password=PASSWORD, code=code), actor=ada.actor)
    with pytest.raises(NotFound):
        sparkle.run(DisableTwoFactor(password=PASSWORD, code=code), actor=SYSTEM)


def test_that_it_is_on_or_off_and_backup_codes_are_alerts(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops somebody who got in from weakening the account unnoticed."""
    setup = has_two_factor(sparkle, ada)
    answers(sparkle, challenge_of(sparkle, ada), setup.backup_codes[0])
    later(sparkle, seconds=30)
    sparkle.run(DisableTwoFactor(password=PASSWORD, code=app(sparkle, setup)), actor=ada.actor)
    raised = [(alert.type.value, alert.severity.value) for alert in sparkle.run(MyAlerts(), actor=ada.actor).items]
    assert raised == [("TWO_FACTOR_DISABLED", "high"), ("BACKUP_CODE_USED", "medium"), ("TWO_FACTOR_ENABLED", "low")]
    told = [n.data for n in sparkle.run(MyNotifications(), actor=ada.actor).items if n.data.get("alert")]
    assert told == [{"alert": "TWO_FACTOR_DISABLED", "severity": "high"}]


def test_taking_it_off_is_guessed_ten_times_at_most(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops guessing the password, or a code, in an open browser."""
    setup = has_two_factor(sparkle, ada)
    for _ in range(10):
        with pytest.raises(InvalidCredentials):
            sparkle.run(DisableTwoFactor(password="wrong", code=app(sparkle, setup)), actor=ada.actor)
    with pytest.raises(InvalidCredentials):
        sparkle.run(DisableTwoFactor(password=PASSWORD, code=app(sparkle, setup)), actor=ada.actor)


def test_turning_it_on_is_guessed_ten_times_at_most(sparkle: Sparkle, ada: Somebody) -> None:
    setup = sparkle.run(SetUpTwoFactor(), actor=proved(sparkle, ada))
    for _ in range(10):
        with pytest.raises(CodeRejected):
            sparkle.run(EnableTwoFactor(code=wrong(app(sparkle, setup))), actor=ada.actor)
    with pytest.raises(CodeRejected):
        sparkle.run(EnableTwoFactor(code=app(sparkle, setup)), actor=ada.actor)


def test_a_new_password_by_mail_still_asks_for_the_second_factor(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a stolen mailbox from being enough (ASVS 5.0, 6.4.3)."""
    setup = has_two_factor(sparkle, ada)
    sparkle.run(RequestPasswordReset(email=ada.email))
    token = sparkle.mailbox.latest(ada.email).data["token"]
    sparkle.run(ResetPassword(token=token, password="An0ther-horse-battery"))
    with pytest.raises(SecondFactorRequired) as asked:
        sparkle.run(LogIn(email=ada.email, password="An0ther-horse-battery"))
    answers(sparkle, asked.value.challenge, app(sparkle, setup))


def test_the_history_says_what_became_of_each_try(sparkle: Sparkle, ada: Somebody) -> None:
    setup = has_two_factor(sparkle, ada)
    begun = challenge_of(sparkle, ada, remember=True)
    with pytest.raises(CodeRejected):
        answers(sparkle, begun, wrong(app(sparkle, setup)))
    answers(sparkle, begun, app(sparkle, setup))

    async def history(tx: Transaction) -> list[str]:
        return [line.result.value for line in await tx.records.page(LOGINS, eq("user_id", ada.id))]

    assert sparkle.run_coroutine(sparkle.store.read(history)) == ["succeeded", "wrong_code", "awaits_second_factor"]


def test_challenges_are_tidied_up_a_day_after_they_ended(sparkle: Sparkle, ada: Somebody) -> None:
    has_two_factor(sparkle, ada)
    challenge_of(sparkle, ada)
    later(sparkle, days=2)
    sparkle.run(TidyUp(), actor=SYSTEM)

    async def left(tx: Transaction) -> int:
        return len(await tx.records.find(LOGIN_CHALLENGES))

    assert sparkle.run_coroutine(sparkle.store.read(left)) == 0


def test_rules_that_let_codes_be_guessed_are_refused() -> None:
    with pytest.raises(Invalid, match="factors_per_account"):
        SecurityRules(factors_per_account=RateTier(limit=101, window_s=900))
