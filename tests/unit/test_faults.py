"""Faults by a seed, and what the core makes of them: nothing is lost, nothing happens twice."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import TypeVar

import pytest
from tests.communities import PASSWORD

from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import MemoryKeys
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import Register, VerifyEmail
from sparkle_core.application.economy import BalanceOf, ProveLedger, SendTip
from sparkle_core.application.progression import AwardXp, ProgressOf
from sparkle_core.domain.kernel.actors import SYSTEM, Actor
from sparkle_core.domain.kernel.errors import Invalid, Unavailable
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.ports.mail import Letter
from sparkle_core.testing.faults import Fault, Faults, faulty

LETTER = Letter(to="ada@example.org", kind="password_changed", data={"username": "ada"})


def _sent(faults: Faults, seed: int, letters: int = 60) -> tuple[list[str], int]:
    """What became of each letter, and how many arrived."""
    box = Mailbox()
    mailer = faulty(box, faults, seed=seed)
    became = []
    for _ in range(letters):
        try:
            asyncio.run(mailer.send(LETTER))
            became.append("sent")
        except Unavailable as error:
            became.append(str(error))
    return became, len(box.letters)


def test_the_same_seed_makes_the_same_faults_and_another_one_others() -> None:
    faults = Faults(fails=0.3, answer_lost=0.3)
    assert _sent(faults, 1) == _sent(faults, 1)
    assert _sent(faults, 1) != _sent(faults, 2)


@pytest.mark.parametrize(
    ("fault", "arrived", "says"),
    [
        (Faults(fails=1.0), 0, "Mailbox.send (a fault)"),
        (Faults(answer_lost=1.0), 60, "the answer of Mailbox.send"),
        (Faults(twice=1.0), 120, "sent"),
        (Faults(), 60, "sent"),
    ],
)
def test_each_fault_does_what_it_is_named_for(fault: Faults, arrived: int, says: str) -> None:
    became, count = _sent(fault, 1)
    assert count == arrived
    assert all(says in one for one in became)


@pytest.mark.parametrize(("fault", "arrived_by_then"), [(Fault.LATE, 0), (Fault.ANSWERED_LATE, 1)])
def test_a_late_call_waits_on_what_it_is_given_before_its_effect_and_a_late_answer_after(
    fault: Fault, arrived_by_then: int
) -> None:
    waited: list[tuple[float, int]] = []
    box = Mailbox()

    async def pause(seconds: float) -> None:
        waited.append((seconds, len(box.letters)))

    mailer = faulty(box, Faults(**{fault.value: 1.0}, late_s=2.5), seed=1, pause=pause)
    asyncio.run(mailer.send(LETTER))
    assert waited == [(2.5, arrived_by_then)]
    assert len(box.letters) == 1
    assert mailer.told == [("send", fault.value)]  # type: ignore[attr-defined] # the wrapper's own


@pytest.mark.parametrize("shares", [{"fails": -0.1}, {"fails": 0.6, "twice": 0.6}, {"late": float("nan")}])
def test_shares_that_are_no_shares_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(Invalid, match="shares must be from 0 to 1"):
        Faults(**shares)


def test_late_calls_need_to_know_how_to_wait() -> None:
    with pytest.raises(Invalid, match=r"asyncio\.sleep"):
        faulty(Mailbox(), Faults(late=0.5), seed=1)
    with pytest.raises(Invalid, match=r"asyncio\.sleep"):
        faulty(Mailbox(), Faults(answered_late=0.5), seed=1)


@pytest.mark.parametrize(
    ("fault", "raised", "says", "there"),
    [
        (Fault.FAILS, Unavailable, r"MemoryKeys\.add \(a fault\)", False),
        (Fault.ANSWER_LOST, Unavailable, r"the answer of MemoryKeys\.add", True),
        (Fault.TWICE, Invalid, "must be a new id", True),
    ],
)
def test_a_method_that_does_not_wait_goes_wrong_in_the_ways_that_take_no_time(
    fault: Fault, raised: type[Exception], says: str, there: bool
) -> None:
    rings = MemoryKeys(b"secret")
    keys = faulty(rings, Faults(**{fault.value: 1.0}), seed=1)
    with pytest.raises(raised, match=says):
        keys.add(Purpose.SECRETS, "k2")
    assert ("k2" in rings.ids(Purpose.SECRETS)) is there
    assert keys.told == [("add", fault.value)]  # type: ignore[attr-defined] # the wrapper's own


def test_a_method_that_does_not_wait_is_never_late() -> None:
    keys = faulty(MemoryKeys(b"secret"), Faults(late=0.5, answered_late=0.5), seed=1, pause=asyncio.sleep)
    keys.add(Purpose.SECRETS, "k2")
    assert keys.ids(Purpose.SECRETS) == ("memory", "k2")
    assert keys.told == []  # type: ignore[attr-defined] # the wrapper's own


def test_what_is_no_method_is_passed_through() -> None:
    box = Mailbox()
    assert faulty(box, Faults(fails=1.0), seed=1).letters is box.letters


def test_a_method_of_a_port_is_reached_whatever_it_is_called() -> None:
    """Stops a store's own `pause`, before a retry, from being taken for what late calls wait on."""
    store = faulty(in_memory(1).store, Faults(twice=1.0), seed=1)
    asyncio.run(store.pause(0.0))
    assert store.told == [("pause", "twice")]  # type: ignore[attr-defined] # the wrapper's own


R = TypeVar("R")


def _stubbornly(ask: Callable[[], R]) -> R:
    """Ask until there is an answer, as a client does."""
    for _ in range(200):
        try:
            return ask()
        except Unavailable:
            continue
    raise AssertionError("never answered")


@pytest.mark.parametrize("seed", range(3))
def test_a_client_that_asks_again_under_its_key_moves_points_once(seed: int) -> None:
    """Stops the double spend of a lost answer: the transfer was kept, and the client cannot know."""
    faults = Faults(fails=0.15, answer_lost=0.15, twice=0.15)
    sparkle = in_memory(seed, through=lambda store: faulty(store, faults, seed=seed), inline=False)
    ada, bob = (_member(sparkle, name) for name in ("ada", "bob"))
    for n in range(30):
        tip = partial(sparkle.run, SendTip(to=bob.user_id, amount=2), actor=ada, key=f"tip-{n}")  # type: ignore[arg-type]
        _stubbornly(tip)
        award = AwardXp(user_id=bob.user_id, amount=1, source="gift", subject=str(n))  # type: ignore[arg-type]
        _stubbornly(partial(sparkle.run, award, actor=SYSTEM, key=f"xp-{n}"))
    assert _stubbornly(lambda: sparkle.run(BalanceOf(user_id=ada.user_id), actor=SYSTEM)).available == 100 - 60  # type: ignore[arg-type]
    assert _stubbornly(lambda: sparkle.run(ProgressOf(user_id=bob.user_id), actor=SYSTEM)).xp == 30 + 30  # type: ignore[arg-type]
    assert _stubbornly(lambda: sparkle.run(ProveLedger(), actor=SYSTEM)).holds
    assert {kind for _, kind in sparkle.store.told} == {"fails", "answer_lost", "twice"}  # type: ignore[attr-defined]


def test_letters_arrive_in_the_end_though_the_mail_server_fails_half_the_time() -> None:
    box = Mailbox()
    sparkle = in_memory(
        3, mailer=faulty(box, Faults(fails=0.5), seed=3), inline=False
    )  # within the ten minutes of a code
    emails = [f"fan{n}@example.org" for n in range(10)]
    for n, email in enumerate(emails):
        sparkle.run(Register(email=email, username=f"fan{n}", password=PASSWORD, agree_to_terms=True))
    for _ in range(9):  # within the ten minutes of a code
        sparkle.run_coroutine(sparkle.drain())
        sparkle.world.advance(timedelta(minutes=1))  # type: ignore[attr-defined] # the seeded world
    assert {letter.to for letter in box.letters} == set(emails)


def _member(sparkle: Sparkle, name: str) -> Actor:
    email = f"{name}@example.org"
    join = Register(email=email, username=name, password=PASSWORD, agree_to_terms=True)
    joined = _stubbornly(lambda: sparkle.run(join, key=f"join-{name}"))
    while email not in {letter.to for letter in sparkle.mailbox.letters}:
        sparkle.world.advance(timedelta(seconds=15))  # type: ignore[attr-defined] # what was leased and lost is due again
        _stubbornly(lambda: sparkle.run_coroutine(sparkle.drain()))
    verify = VerifyEmail(email=email, code=sparkle.mailbox.latest(email).code)
    _stubbornly(lambda: sparkle.run(verify, key=f"verify-{name}"))
    return joined.actor
