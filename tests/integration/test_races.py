"""What happens when many act at once. Each test says which attack or accident it stops.

Threads race on memory and SQLite, tasks on PostgreSQL, processes on both databases.
"""

import threading
import time
from base64 import b32decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sparkle_adapters.memory.security import PlainOneTimePasswords
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import (
    AnswerChallenge,
    Authenticate,
    EditProfile,
    EnableTwoFactor,
    LoggedIn,
    LogIn,
    LogOut,
    MyProfile,
    Register,
    RequestPasswordReset,
    ResetPassword,
    SessionsOf,
    SetUpTwoFactor,
    SignUp,
    TwoFactorSetup,
    VerifyEmail,
)
from sparkle_core.application.content import Comment, LatestPosts, PublishPost, React, Unreact
from sparkle_core.application.economy import BalanceOf, ProveLedger, ReverseTransfer, SendTip, Statement
from sparkle_core.application.moderation import ClaimCase, Decide, ReportContent
from sparkle_core.application.progression import (
    AssessTrust,
    AwardXp,
    LockTrust,
    MyStreak,
    ProgressOf,
    TrustOf,
    VisitToday,
    XpHistory,
)
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import ANONYMOUS, EMAIL_CHALLENGES, SYSTEM, Actor, Role
from sparkle_core.domain.accounts.errors import SecondFactorRequired
from sparkle_core.domain.accounts.factors import step_at
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.content import Discussion, RichText
from sparkle_core.domain.kernel.errors import SessionLapsed, SparkleError, Taken, Unauthenticated
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.ports.store import Transaction
from tests.communities import PASSWORD, SQL_STORES, STORES
from tests.racing import Call, Track, id_of, in_processes, outcomes, track
from tests.support.people import BORN


@pytest.fixture(params=STORES)
def on(request: pytest.FixtureRequest) -> Iterator[Track]:
    """A community to race in, on each store."""
    with track(request.param) as found:
        yield found


@pytest.fixture(params=(*STORES, "postgres and valkey"))
def on_each(request: pytest.FixtureRequest) -> Iterator[Track]:
    """The same, and where sessions and limits are on a server beside it."""
    with track(request.param) as found:
        yield found


@pytest.fixture(params=SQL_STORES)
def on_sql(request: pytest.FixtureRequest) -> Iterator[Track]:
    """The same on each store that several processes can share."""
    with track(request.param) as found:
        yield found


def a_wallet_that_pays_for_37(on: Track, name: str = "spender") -> Actor:
    """75 points: 37 tips of 2, and one left over."""
    spender = on.joins(name)
    welcome = str(spender.user_id)
    on.run(ReverseTransfer(namespace="welcome_bonus", key=welcome, amount=25, reason="so that 75 are left"))
    return spender


def available(on: Track, actor: Actor) -> int:
    found: int = on.run(BalanceOf(user_id=id_of(actor))).available
    return found


def holds(on: Track) -> bool:
    return bool(on.run(ProveLedger()).holds)


# ways back in


def test_of_20_uses_of_one_reset_token_at_once_exactly_one_succeeds(on: Track) -> None:
    """Stops a mail read by two from giving the account to both."""
    ada, email = on.joins("ada"), "ada@example.org"
    on.run(RequestPasswordReset(email=email))
    on.drain(1)
    token = on.sparkle.mailbox.latest(email).data["token"]
    passwords = [f"An0ther-horse-{n}-xyz" for n in range(20)]
    answers = on.race([Call(ResetPassword(token=token, password=each), ANONYMOUS) for each in passwords])
    assert outcomes(answers) == {"ok": 1, "reset_rejected": 19}
    (chosen,) = (p for p, answer in zip(passwords, answers, strict=True) if not isinstance(answer, Exception))
    assert on.run(LogIn(email=email, password=chosen), ANONYMOUS).actor.user_id == ada.user_id


# second factors


def with_second_factor(on: Track) -> tuple[str, TwoFactorSetup]:
    """Somebody's address, and the setup of their second factor, which is on."""
    ada = on.joins("ada")
    setup = on.run(SetUpTwoFactor(), Actor(user_id=ada.user_id, proved_at=on.sparkle.world.moment().now))
    on.run(EnableTwoFactor(code=shown(on, setup, 0)), ada)
    return "ada@example.org", setup


def shown(on: Track, setup: TwoFactorSetup, steps: int) -> str:
    now = step_at(on.sparkle.world.moment().now)
    return PlainOneTimePasswords().code(b32decode(setup.secret), now + steps)


def challenges(on: Track, email: str, count: int) -> list[str]:
    found = []
    for _ in range(count):
        with pytest.raises(SecondFactorRequired) as asked:
            on.run(LogIn(email=email, password=PASSWORD), ANONYMOUS)
        found.append(asked.value.challenge)
    return found


@pytest.mark.parametrize("by", ["app", "backup code"])
def test_of_50_submits_of_one_code_at_once_one_makes_a_session(on_each: Track, by: str) -> None:
    """Stops a code that was read over a shoulder, sent at the same moment as its owner does."""
    on = on_each
    generous = SecurityRules(
        factors_per_account=RateTier(limit=100, window_s=900), login_per_account=RateTier(limit=100, window_s=900)
    )
    with on.under(Rules(security=generous)) as town:
        email, setup = with_second_factor(town)
        code = shown(town, setup, 1) if by == "app" else setup.backup_codes[0]
        begun = challenges(town, email, 10)
        calls = [Call(AnswerChallenge(challenge=begun[n % 10], code=code), ANONYMOUS) for n in range(50)]
        answers = town.race(calls)
        said = outcomes(answers)
        assert said["ok"] == 1
        assert set(said) <= {"ok", "code_rejected", "challenge_rejected"}
        ada = next(a.actor for a in answers if isinstance(a, LoggedIn))
        assert len(town.run(SessionsOf(user_id=id_of(ada)))) == 1


def test_50_wrong_codes_at_once_use_no_more_tries_than_a_person_has(on_each: Track) -> None:
    """Stops guessing faster than tries are counted: ten for a person, five for a challenge."""
    on = on_each
    email, setup = with_second_factor(on)
    begun = challenges(on, email, 4)
    wrong = f"{(int(shown(on, setup, 1)) + 1) % 1_000_000:06d}"
    answers = on.race([Call(AnswerChallenge(challenge=begun[n % 4], code=wrong), ANONYMOUS) for n in range(50)])
    assert set(outcomes(answers)) <= {"code_rejected", "challenge_rejected"}
    (fresh,) = challenges(on, email, 1)
    last = on.race([Call(AnswerChallenge(challenge=fresh, code=shown(on, setup, 1)), ANONYMOUS)])
    assert outcomes(last) == {"code_rejected": 1}, "the person's ten tries are used up"


# double spending


def test_of_100_tips_at_once_exactly_the_37_that_can_be_paid_succeed(on: Track) -> None:
    """Stops double spending: reading a balance, and writing it after somebody else did."""
    spender, receivers = a_wallet_that_pays_for_37(on), [on.joins("one"), on.joins("two")]
    answers = on.race([Call(SendTip(to=id_of(receivers[n % 2]), amount=2), spender) for n in range(100)])
    assert outcomes(answers) == {"ok": 37, "insufficient_funds": 63}
    assert available(on, spender) == 1
    assert sum(available(on, r) for r in receivers) == 200 + 74
    assert holds(on)


def test_of_100_tips_from_two_processes_exactly_37_succeed(on_sql: Track) -> None:
    """Stops double spending across processes, where no lock of Python's helps."""
    spender, receiver = a_wallet_that_pays_for_37(on_sql), on_sql.joins("receiver")
    calls = [Call(SendTip(to=id_of(receiver), amount=2), spender) for _ in range(50)]
    assert on_sql.url is not None
    assert outcomes(in_processes(on_sql.url, [calls, calls])) == {"ok": 37, "insufficient_funds": 63}
    assert available(on_sql, spender) == 1
    assert holds(on_sql)


def test_of_20_tips_at_once_no_more_succeed_than_a_day_allows(on: Track) -> None:
    """Stops giving more than the daily limit by giving it all at the same moment: at most 50,000 of over 100,000."""
    spender, receiver = on.joins("spender"), on.joins("receiver")
    on.run(AwardXp(user_id=id_of(spender), amount=1_000_000, source="gift", subject="wealth"))
    assert available(on, spender) > 100_000
    answers = on.race([Call(SendTip(to=id_of(receiver), amount=10_000), spender) for _ in range(20)])
    assert outcomes(answers) == {"ok": 5, "limit_reached": 15}
    assert available(on, receiver) == 50_100
    assert holds(on)


def test_tips_there_and_back_at_once_never_lock_each_other_out(on: Track) -> None:
    """Stops deadlocks: A pays B while B pays A, so each waits for the other's row unless rows are locked in order."""
    a, b, c = on.joins("aaa"), on.joins("bbb"), on.joins("ccc")
    pairs = [(a, b), (b, a), (b, c), (c, a), (a, c), (c, b)]
    answers = on.race([Call(SendTip(to=id_of(to), amount=1), by) for by, to in pairs * 10])
    assert outcomes(answers) == {"ok": 60}
    assert [available(on, x) for x in (a, b, c)] == [100, 100, 100]
    assert holds(on)


def test_reversals_at_once_never_give_back_more_than_was_moved(on: Track) -> None:
    """Stops a refund from being collected twice."""
    giver, taker = on.joins("giver"), on.joins("taker")
    tip = on.run(SendTip(to=id_of(taker), amount=100), giver, key="gift")
    refund = ReverseTransfer(namespace=tip.namespace, key=tip.key, amount=30, reason="again and again")
    answers = on.race([Call(refund, SYSTEM) for _ in range(20)])
    assert outcomes(answers) == {"ok": 3, "over_reversal": 17}
    assert available(on, giver) == 90
    assert holds(on)


# idempotency


@pytest.mark.parametrize("what", ["tip", "post", "award"])
def test_50_uses_of_one_key_at_once_have_one_effect_and_equal_answers(on: Track, what: str) -> None:
    """Stops a client that retries while its first call is still on the way from paying twice."""
    by, to = on.joins("by_them"), on.joins("to_them")
    said: dict[str, tuple[Any, Actor]] = {
        "tip": (SendTip(to=id_of(to), amount=60), by),
        "post": (PublishPost(title="Once", content=Discussion(body=RichText.of("only"))), by),
        "award": (AwardXp(user_id=id_of(to), amount=70, source="gift", subject="x"), SYSTEM),
    }
    request, actor = said[what]
    answers = on.race([Call(request, actor, key="the same") for _ in range(50)])
    assert outcomes(answers) == {"ok": 50}
    assert all(answer == answers[0] for answer in answers)
    assert available(on, by) == (40 if what == "tip" else 100)
    assert len(on.run(LatestPosts()).items) == (what == "post")
    assert on.run(ProgressOf(user_id=id_of(to))).xp == (100 if what == "award" else 30)
    assert holds(on)


def test_one_key_for_different_tips_at_once_pays_one_of_them(on: Track) -> None:
    """Stops a reused key from standing for two payments: the others are told of the conflict."""
    by, to = on.joins("by_them"), on.joins("to_them")
    answers = on.race([Call(SendTip(to=id_of(to), amount=n), by, key="the same") for n in range(1, 21)])
    assert outcomes(answers) == {"ok": 1, "idempotency_conflict": 19}
    assert holds(on)


# one of a kind


def test_of_50_registrations_of_one_username_at_once_one_wins(on: Track) -> None:
    """Stops two people from having one name, in whatever case it is written."""
    answers = on.race(
        [
            Call(Register(email=f"n{n}@example.org", username=name, password=PASSWORD, agree_to_terms=True))
            for n, name in enumerate(["ada", "ADA", "Ada", "aDa", "adA"] * 10)
        ]
    )
    refused = [a for a in answers if isinstance(a, SparkleError)]
    assert len(refused) == 49
    assert all(type(r) is Taken and r.field == "username" for r in refused)
    assert holds(on)


def test_of_20_registrations_of_one_address_at_once_one_wins(on: Track) -> None:
    """Stops one address from having two accounts, and so two welcome bonuses."""
    answers = on.race(
        [
            Call(Register(email="One@example.org", username=f"name_{n}", password=PASSWORD, agree_to_terms=True))
            for n in range(20)
        ]
    )
    refused = [a for a in answers if isinstance(a, SparkleError)]
    assert len(refused) == 19
    assert all(type(r) is Taken and r.field == "email" for r in refused)


def test_registrations_without_a_username_at_once_all_get_one(on: Track) -> None:
    """Stops a made-up name that somebody else just took from failing a registration."""
    answers = on.race(
        [Call(Register(email=f"grace@{n}.example.org", password=PASSWORD, agree_to_terms=True)) for n in range(5)]
    )
    names = [a.username for a in answers if not isinstance(a, SparkleError)]
    assert len(set(names)) == 5, outcomes(answers)


def test_of_5_who_prove_addresses_that_others_signed_up_with_one_gets_the_name_they_all_want(on: Track) -> None:
    """Stops a name that somebody else just took from failing a proof, or from being had twice."""
    codes = {}
    for n in range(5):
        email = f"owner@{n}.example.org"
        on.run(Register(email=email, username=f"stranger_{n}", password=PASSWORD, agree_to_terms=True))
        on.run(SignUp(email=email, username="twin", password=PASSWORD, agree_to_terms=True, birth_date=BORN))
        on.sparkle.run_coroutine(on.sparkle.drain())
        codes[email] = on.sparkle.mailbox.latest(email).code
    answers = on.race([Call(VerifyEmail(email=email, code=code)) for email, code in codes.items()])
    assert outcomes(answers) == {"ok": 5}
    sessions = [on.run(LogIn(email=email, password=PASSWORD)) for email in codes]
    names = [on.run(MyProfile(), session.actor).username for session in sessions]
    assert len(set(names)) == 5
    assert names.count("twin") == 1
    assert not [name for name in names if name.startswith("stranger")]


# guessing


def test_of_200_wrong_passwords_at_once_no_more_than_the_budget_are_tried(on_each: Track) -> None:
    """Stops guessing in parallel: every try is reserved before its password is looked at."""
    on = on_each
    on.joins("victim")
    on.hasher.verified = 0
    answers = on.race([Call(LogIn(email="victim@example.org", password=f"Gu3ss-number-{n}")) for n in range(200)])
    assert outcomes(answers) == {"invalid_credentials": 200}
    assert on.hasher.verified == on.sparkle.rules.security.login_per_account.limit
    locked = on.race([Call(LogIn(email="VICTIM@example.org", password=PASSWORD))])
    assert outcomes(locked) == {"invalid_credentials": 1}


def test_of_200_wrong_passwords_from_devices_and_from_nowhere_each_budget_is_kept(on_each: Track) -> None:
    """Stops a device's token from being a way to guess on: its own tries, the account's, and no more for a thief's."""
    on = on_each
    victim = "victim@example.org"
    on.joins("victim")
    on.joins("thief")
    one, other = (on.run(LogIn(email=victim, password=PASSWORD), ANONYMOUS).device_token for _ in range(2))
    thiefs = on.run(LogIn(email="thief@example.org", password=PASSWORD), ANONYMOUS).device_token
    made_up = "dev_" + "A" * 64
    on.hasher.verified = 0
    guesses = [
        Call(LogIn(email=victim, password=f"Gu3ss-number-{n}", device_token=token))
        for n in range(40)
        for token in (None, one, other, thiefs, made_up)
    ]
    assert outcomes(on.race(guesses)) == {"invalid_credentials": 200}
    security = on.sparkle.rules.security
    assert on.hasher.verified == security.login_per_account.limit + 2 * security.login_per_device.limit
    right = [Call(LogIn(email=victim, password=PASSWORD, device_token=token)) for token in (None, one, other, thiefs)]
    assert outcomes(on.race(right)) == {"invalid_credentials": 4}


async def enters(sparkle: Sparkle, token: str) -> bool:
    """Whether a token opens a call, as HTTP asks: from memory, and looked up again where that has lapsed."""
    try:
        try:
            await sparkle(MyProfile(), actor=await sparkle(Authenticate(token=token, for_a_call=True)))
        except SessionLapsed:
            await sparkle(MyProfile(), actor=await sparkle(Authenticate(token=token)))
    except Unauthenticated:
        return False
    return True


def test_a_session_revoked_amid_a_hundred_requests_is_refused_from_then_on(on_each: Track) -> None:
    """Stops a stolen token from being used on by who keeps asking: not once after it was revoked."""
    on_each.joins("ada")
    on_each.joins("ben")
    stolen, bens = (
        on_each.run(LogIn(email=f"{name}@example.org", password=PASSWORD), ANONYMOUS) for name in ("ada", "ben")
    )
    sparkle, all_in, until = on_each.sparkle, threading.Barrier(101), time.monotonic() + 20

    def knock(_: int) -> list[tuple[float, bool]]:
        seen: list[tuple[float, bool]] = []
        while (not seen or seen[-1][1]) and time.monotonic() < until:
            started = time.monotonic()
            seen.append((started, sparkle.run_coroutine(enters(sparkle, stolen.token))))
            if len(seen) == 1:
                all_in.wait(60)
        return seen

    with ThreadPoolExecutor(100) as pool:
        knocking = [pool.submit(knock, n) for n in range(100)]
        all_in.wait(60)
        on_each.run(LogOut(), stolen.actor)
        revoked = time.monotonic()
        seen = [each for one in knocking for each in one.result(60)]
    assert sum(let_in for _, let_in in seen) >= 100
    assert not [started for started, let_in in seen if let_in and started >= revoked]
    assert sparkle.run_coroutine(enters(sparkle, bens.token))


def test_of_50_wrong_email_codes_at_once_no_more_than_5_are_tried(on: Track) -> None:
    """Stops a six-digit code from being guessed by asking very often at once."""
    email = "newcomer@example.org"
    on.sparkle.run(Register(email=email, username="newcomer", password=PASSWORD, agree_to_terms=True))
    on.sparkle.run_coroutine(on.sparkle.drain())
    right = on.sparkle.mailbox.latest(email).code
    wrong = [f"{n:06d}" for n in range(51) if f"{n:06d}" != right][:50]
    answers = on.race([Call(VerifyEmail(email=email, code=code)) for code in wrong])
    assert outcomes(answers) == {"code_rejected": 50}
    assert outcomes(on.race([Call(VerifyEmail(email=email, code=right))])) == {"code_rejected": 1}

    async def tries(tx: Transaction) -> list[int]:
        return [c.tries for c in await tx.records.find(EMAIL_CHALLENGES)]

    assert on.sparkle.run_coroutine(on.sparkle.store.read(tries)) == [on.sparkle.rules.security.code_tries]


def test_a_code_used_many_times_at_once_verifies_once(on: Track) -> None:
    """Stops the XP for a verified address from being earned twice."""
    email = "newcomer@example.org"
    joined = on.sparkle.run(Register(email=email, username="newcomer", password=PASSWORD, agree_to_terms=True))
    on.sparkle.run_coroutine(on.sparkle.drain())
    code = on.sparkle.mailbox.latest(email).code
    answers = on.race([Call(VerifyEmail(email=email, code=code)) for _ in range(20)])
    assert outcomes(answers) == {"ok": 1, "code_rejected": 19}
    assert on.run(ProgressOf(user_id=joined.id)).xp == 30


# XP and levels


def test_awards_of_one_subject_at_once_count_once(on: Track) -> None:
    """Stops XP from being farmed by asking for the same award many times at once."""
    to = on.joins("to_them")
    award = AwardXp(user_id=id_of(to), amount=100, source="quest", subject="the same")
    answers = on.race([Call(award, SYSTEM) for _ in range(30)])
    assert outcomes(answers) == {"ok": 30}
    assert on.run(ProgressOf(user_id=id_of(to))).xp == 130
    assert len(on.run(XpHistory(user_id=id_of(to), limit=50)).items) == 3


def test_awards_at_once_stay_within_the_days_cap(on: Track) -> None:
    """Stops farming: many likes at once, each of which sees that the cap is not reached yet."""
    to = on.joins("to_them")
    likes = [AwardXp(user_id=id_of(to), amount=9, source="like_received", subject=str(n)) for n in range(30)]
    assert outcomes(on.race([Call(like, SYSTEM) for like in likes])) == {"ok": 30}
    assert on.run(ProgressOf(user_id=id_of(to))).xp == 30 + 100
    assert outcomes(on.race([Call(like, SYSTEM) for like in likes])) == {"ok": 30}
    assert on.run(ProgressOf(user_id=id_of(to))).xp == 30 + 100


def test_visits_at_once_count_once(on: Track) -> None:
    """Stops the day's XP from being had once for each tab that is open."""
    by = on.joins("visitor")
    assert outcomes(on.race([Call(VisitToday(), by) for _ in range(20)])) == {"ok": 20}
    assert on.run(ProgressOf(user_id=id_of(by))).xp == 35
    assert on.run(MyStreak(), actor=by).days == 1
    assert on.run(TrustOf(user_id=id_of(by)), actor=by).conduct.visits == 1


def test_judging_at_once_does_not_undo_a_moderators_lock(on: Track) -> None:
    """Stops a judgement that is under way from putting back what it read before the lock."""
    who = on.joins("locked")
    judging = Call(AssessTrust(user_id=id_of(who)), SYSTEM)
    locking = Call(LockTrust(user_id=id_of(who), level=4, reason="known for years"), SYSTEM)
    assert outcomes(on.race([Call(VisitToday(), who), *[judging, locking] * 10])) == {"ok": 21}
    on.sparkle.run_coroutine(on.sparkle.drain())
    trust = on.run(TrustOf(user_id=id_of(who)), actor=who)
    assert (trust.level, trust.locked) == (4, True)


def test_awards_at_once_lose_no_xp_and_pay_each_level_once(on: Track) -> None:
    """Stops lost updates, and a level from paying twice when two awards cross it at once."""
    to = on.joins("to_them")
    calls = [Call(AwardXp(user_id=id_of(to), amount=50, source="quest", subject=str(n)), SYSTEM) for n in range(40)]
    assert outcomes(on.race(calls)) == {"ok": 40}
    progress = on.run(ProgressOf(user_id=id_of(to)))
    assert progress.xp == 30 + 40 * 50
    rewards = on.run(Statement(user_id=id_of(to), kind="level_reward", limit=100)).items
    assert sorted(r.amount for r in rewards) == [level * 10 for level in range(2, progress.level + 1)]
    assert holds(on)


# content


def test_one_reaction_many_times_at_once_counts_once(on: Track) -> None:
    """Stops likes from being made up by pressing often and fast."""
    author, fan = on.joins("author"), on.joins("fan")
    post = on.run(PublishPost(title="Like me", content=Discussion(body=RichText.of("please"))), author).id
    assert outcomes(on.race([Call(React(target_id=post), fan) for _ in range(30)])) == {"ok": 30}
    assert on.run(Unreact(target_id=post, reaction="LOVE"), fan).counts == {"LIKE": 1}


def test_reactions_coming_and_going_at_once_leave_the_right_count(on: Track) -> None:
    """Stops a counter from drifting away from what it counts."""
    author, fans = on.joins("author"), [on.joins(f"fan_{n}") for n in range(4)]
    post = on.run(PublishPost(title="Like me", content=Discussion(body=RichText.of("please"))), author).id
    calls = [Call(step(target_id=post), fan) for step in (React, Unreact, React, Unreact, React) for fan in fans]
    assert outcomes(on.race(calls)) == {"ok": 20}
    left = [on.run(React(target_id=post, reaction="WOW"), fan) for fan in fans]
    assert left[-1].counts.get("LIKE", 0) == sum("LIKE" in reactions.mine for reactions in left)


def test_edits_of_one_version_at_once_overwrite_nobody(on: Track) -> None:
    """Stops lost updates: of those who all saw version 1, one edits it and the others are told."""
    writer = on.joins("writer")
    seen = on.run(MyProfile(), writer).version
    edits = [Call(EditProfile(bio=f"Bio {n}", expected_version=seen), writer) for n in range(20)]
    assert outcomes(on.race(edits)) == {"ok": 1, "version_mismatch": 19}


def test_comments_at_once_all_find_a_place(on: Track) -> None:
    """Stops a busy thread from refusing or losing replies."""
    people = [on.joins(f"person_{n}") for n in range(3)]
    post = on.run(PublishPost(title="Talk", content=Discussion(body=RichText.of("to me"))), people[0]).id
    calls = [Call(Comment(post_id=post, text=f"Number {n}"), people[n % 3]) for n in range(30)]
    assert outcomes(on.race(calls)) == {"ok": 30}
    assert on.run(LatestPosts()).items[0].comments == 30


# moderation


def test_a_case_is_claimed_by_one_of_those_who_reach_for_it_at_once(on: Track) -> None:
    """Stops two moderators from working on one case without knowing of each other."""
    author, reporter = on.joins("author"), on.joins("reporter")
    moderators = [on.joins(f"mod_{n}", Role.MODERATOR) for n in range(6)]
    post = on.run(PublishPost(title="Hm", content=Discussion(body=RichText.of("dubious"))), author).id
    report = ReportContent(target_type=TargetType.POST, target_id=post, reason=ReportReason.SPAM)
    case = on.run(report, reporter).case_id
    answers = on.race([Call(ClaimCase(case_id=case), m) for m in moderators * 3])
    winners = {m.user_id for m, a in zip(moderators * 3, answers, strict=True) if not isinstance(a, SparkleError)}
    assert len(winners) == 1
    assert set(outcomes(answers)) == {"ok", "already_claimed"}


def test_a_case_is_decided_once_and_its_sanction_imposed_once(on: Track) -> None:
    """Stops one offence from being punished twice."""
    author, reporter = on.joins("author"), on.joins("reporter")
    moderators = [on.joins(f"mod_{n}", Role.MODERATOR) for n in range(3)]
    report = ReportContent(target_type=TargetType.PERSON, target_id=id_of(author), reason=ReportReason.HARASSMENT)
    case = on.run(report, reporter).case_id
    decision = Decide(case_id=case, action=Action.SUSPEND, ground=ReportReason.HARASSMENT, reason="be kind")
    answers = on.race([Call(decision, m) for m in moderators * 4])
    assert outcomes(answers) == {"ok": 1, "already_decided": 11}


def test_reports_of_one_post_at_once_become_one_case(on: Track) -> None:
    """Stops a wave of reports from filling the queue with copies, and one person from reporting twice."""
    author, reporters = on.joins("author"), [on.joins(f"rep_{n}") for n in range(5)]
    post = on.run(PublishPost(title="Hm", content=Discussion(body=RichText.of("dubious"))), author).id
    report = ReportContent(target_type=TargetType.POST, target_id=post, reason=ReportReason.SPAM)
    answers = on.race([Call(report, r) for r in reporters * 4])
    assert outcomes(answers) == {"ok": 5, "already_reported": 15}
    assert len({a.case_id for a in answers if not isinstance(a, SparkleError)}) == 1


# the relay


def test_workers_at_once_act_on_each_event_once(on: Track) -> None:
    """Stops two workers from mailing the same code twice, or paying the same reaction twice."""
    for n in range(12):
        email = f"n{n}@example.org"
        on.sparkle.run(Register(email=email, username=f"name_{n}", password=PASSWORD, agree_to_terms=True))
    on.drain(workers=4)
    assert sorted(x.to for x in on.sparkle.mailbox.letters) == sorted(f"n{n}@example.org" for n in range(12))
