"""Bringing somebody: paid once, after a week of good standing, and not by the hundred. Each test says what it stops."""

import pytest
from tests.support.clock import later
from tests.support.people import PASSWORD, Somebody, being_erased, member, referral_code_of

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, PayReferral, Register
from sparkle_core.application.economy import BalanceOf, ProveLedger
from sparkle_core.application.erasing import EraseNext
from sparkle_core.application.kernel.work import found
from sparkle_core.domain.accounts import REFERRALS, SYSTEM, Status
from sparkle_core.domain.accounts.proofs import Referral
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.ports.store import Transaction

BONUS = 500


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=17)


@pytest.fixture
def ada(sparkle: Sparkle) -> Somebody:
    """Somebody who brings others."""
    return member(sparkle, "ada")


def brought(sparkle: Sparkle, username: str, owner: Somebody) -> Somebody:
    return member(sparkle, username, referral_code=referral_code_of(sparkle, owner))


def referral_of(sparkle: Sparkle, newcomer: Somebody) -> Referral:
    async def body(tx: Transaction) -> Referral:
        return found(await tx.records.one(REFERRALS, eq("newcomer", newcomer.id)), "referral")

    return sparkle.run_coroutine(sparkle.store.read(body))


def points_of(sparkle: Sparkle, somebody: Somebody) -> int:
    return sparkle.run(BalanceOf(user_id=somebody.id), actor=somebody.actor).available


def gained(sparkle: Sparkle, somebody: Somebody, days: int) -> int:
    """Points that somebody has more of after so many days."""
    before = points_of(sparkle, somebody)
    later(sparkle, days=days)
    sparkle.run_coroutine(sparkle.drain())
    return points_of(sparkle, somebody) - before


def test_a_referral_pays_after_seven_days_of_good_standing(sparkle: Sparkle, ada: Somebody) -> None:
    brought(sparkle, "bob", ada)
    assert gained(sparkle, ada, days=6) == 0
    assert gained(sparkle, ada, days=2) == BONUS


def test_a_referral_whose_event_is_delivered_again_pays_once_and_counts_in_one_month(
    sparkle: Sparkle, ada: Somebody
) -> None:
    """Stops a second payment when a worker ends between paying and saying so, or when an operator repeats it.

    The key in the ledger stops it as well; that it is not looked at once more is what keeps it in the month it counts
    against.
    """
    bob = brought(sparkle, "bob", ada)
    assert gained(sparkle, ada, days=8) == BONUS
    before, paid = points_of(sparkle, ada), referral_of(sparkle, bob)
    later(sparkle, days=40)
    for key in ("again", "and again"):
        sparkle.run(PayReferral(referral_id=paid.id), actor=SYSTEM, key=key)
    assert points_of(sparkle, ada) == before
    assert referral_of(sparkle, bob) == paid


def test_a_referral_of_somebody_sanctioned_pays_nothing(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops earning from throw-away accounts."""
    bob = brought(sparkle, "bob", ada)
    sparkle.run(ChangeStatus(user_id=bob.id, status=Status.SUSPENDED, reason="spam", days=1), actor=SYSTEM)
    assert gained(sparkle, ada, days=8) == 0


@pytest.mark.parametrize("erased", ["the newcomer", "who brought them"])
@pytest.mark.parametrize("whole", [True, False], ids=["erased", "being erased"])
def test_a_referral_of_or_by_somebody_who_is_erased_pays_nobody(
    sparkle: Sparkle, ada: Somebody, erased: str, whole: bool
) -> None:
    """Stops earning from accounts made to be left, and points that would be made for whoever cannot spend them."""
    bob = brought(sparkle, "bob", ada)
    referral = referral_of(sparkle, bob)
    being_erased(sparkle, (bob if erased == "the newcomer" else ada).id)
    while whole and not sparkle.run(EraseNext(), actor=SYSTEM).done:
        pass
    before = sparkle.run(ProveLedger(), actor=SYSTEM).transfers
    sparkle.run(PayReferral(referral_id=referral.id), actor=SYSTEM)
    later(sparkle, days=8)
    sparkle.run_coroutine(sparkle.drain())
    assert sparkle.run(ProveLedger(), actor=SYSTEM).transfers == before


def test_at_most_twenty_referrals_pay_in_a_month(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops a referral farm."""
    for n in range(21):
        brought(sparkle, f"fan{n}", ada)
    assert gained(sparkle, ada, days=8) == 20 * BONUS


def test_an_unknown_referral_code_is_named(sparkle: Sparkle) -> None:
    with pytest.raises(Invalid, match="referral_code"):
        sparkle.run(
            Register(
                email="bob@example.org",
                username="bob",
                password=PASSWORD,
                agree_to_terms=True,
                referral_code="nobodys123",
            )
        )
