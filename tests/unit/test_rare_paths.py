"""Paths of money and authentication that the everyday stories do not take."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from attrs import evolve
from tests.support.people import PASSWORD, member, newcomer
from tests.support.writing import within

from sparkle_adapters.memory.security import FastHasher
from sparkle_adapters.memory.store import MemoryStore
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    ChangeStatus,
    LogIn,
    LogOut,
    Register,
    RequestEmailCode,
    VerifyEmail,
)
from sparkle_core.application.accounts.fingerprints import is_unlike
from sparkle_core.application.accounts.naming import starting_again_for
from sparkle_core.application.economy import BalanceOf, ReverseTransfer, SendTip
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.progression import AwardXp
from sparkle_core.application.rules import Rules
from sparkle_core.application.shared.holdings import rows_about
from sparkle_core.domain.accounts import PEOPLE, SYSTEM, Status
from sparkle_core.domain.accounts.errors import UsernameUnavailable
from sparkle_core.domain.accounts.passwords import judge_password
from sparkle_core.domain.accounts.rules import AccountsRules, PasswordRules
from sparkle_core.domain.economy.holds import Hold, HoldState
from sparkle_core.domain.economy.ledger import Account, Currency, Entry, Purpose, TransferId
from sparkle_core.domain.economy.proving import proof_of
from sparkle_core.domain.kernel.errors import Stale, Taken
from sparkle_core.domain.kernel.stored import PAGE_MAX
from sparkle_core.domain.progression import XP_ENTRIES

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_when_no_username_can_be_made_one_has_to_be_chosen() -> None:
    sparkle = in_memory(seed=1, rules=Rules(accounts=AccountsRules(username_tries=0)))
    for domain in ("example.org", "example.com"):
        register = Register(email=f"grace@{domain}", password=PASSWORD, agree_to_terms=True)
        if domain == "example.org":
            sparkle.run(register)
        else:
            with pytest.raises(UsernameUnavailable):
                sparkle.run(register)


def test_a_code_of_somebody_made_active_by_hand_changes_nothing_more() -> None:
    sparkle = in_memory(seed=1)
    ada = newcomer(sparkle, "ada")
    code = sparkle.mailbox.latest(ada.email).code
    sparkle.run(ChangeStatus(user_id=ada.id, status=Status.ACTIVE, reason="by hand"), actor=SYSTEM)
    sparkle.run(VerifyEmail(email=ada.email, code=code))
    letters = len(sparkle.mailbox.letters)
    sparkle.run(RequestEmailCode(email=ada.email))
    assert len(sparkle.mailbox.letters) == letters


class Aging(FastHasher):
    """A hasher whose first hashes are outdated by now."""

    aged = False

    def outdated(self, stored: str) -> bool:
        return self.aged


def test_an_older_hash_is_upgraded_at_the_next_login() -> None:
    hasher = Aging()
    sparkle = in_memory(seed=1, hasher=hasher)
    ada = member(sparkle, "ada")

    def stored() -> str:
        assert isinstance(sparkle.store, MemoryStore)
        table = sparkle.store.data.tables["person"]
        return str(table.rows[ada.id][table.at["password_hash"]])

    before = stored()
    sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    assert stored() == before
    hasher.aged = True
    sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    assert stored() != before
    assert sparkle.run(LogIn(email=ada.email, password=PASSWORD)).token


def test_logging_out_without_a_session_does_nothing() -> None:
    sparkle = in_memory(seed=1)
    sparkle.run(LogOut(), actor=member(sparkle, "ada").actor)


def test_common_passwords_are_refused_and_classes_can_be_switched_off() -> None:
    rules = PasswordRules(all_classes=False)
    assert judge_password("correcthorsebattery", rules, breached=False).faults == ()
    report = judge_password("correcthorsebattery", rules, breached=True)
    known = "is known to others: it is among the commonest passwords, or was in a breach"
    assert (report.faults, report.score) == ((known,), 15)


def test_a_second_reversal_adds_to_the_same_debt_and_a_repeated_one_to_none() -> None:
    """Stops a receivable from being opened twice, and a replay after the receipt expired from taking twice."""
    sparkle = in_memory(seed=1)
    ada, bob, carol = (member(sparkle, name) for name in ("ada", "bob", "carol"))
    tips = [sparkle.run(SendTip(to=bob.id, amount=50), actor=ada.actor) for _ in range(2)]
    sparkle.run(SendTip(to=carol.id, amount=200), actor=bob.actor)
    one, two = (ReverseTransfer(namespace=tip.namespace, key=tip.key, reason="fraud") for tip in tips)
    sparkle.run(one, actor=SYSTEM, key="r-one")
    sparkle.run(two, actor=SYSTEM, key="r-two")
    expire_receipts(sparkle)
    sparkle.run(two, actor=SYSTEM, key="r-two")
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=SYSTEM).available == 100
    sparkle.run(SendTip(to=bob.id, amount=120), actor=carol.actor)
    assert sparkle.run(BalanceOf(user_id=bob.id), actor=SYSTEM).available == 20


def expire_receipts(sparkle: Sparkle) -> None:
    assert isinstance(sparkle.store, MemoryStore)
    sparkle.store.data.tables["receipt"].rows.clear()


WALLET = Account(
    id=UUID(int=1),
    owner="user:1",
    currency=Currency.SPARKLE,
    purpose=Purpose.WALLET,
    overdraft=False,
    balance=5,
    sequence=1,
)
ENTRY = Entry(
    account=WALLET.id,
    sequence=1,
    transfer=TransferId("a", "b"),
    kind="tip",
    reference="x",
    amount=5,
    before=0,
    after=5,
    at=NOW,
)


@pytest.mark.parametrize(
    ("account", "entry", "fault"),
    [
        (WALLET, evolve(ENTRY, sequence=2), "entry 1 is missing"),
        (WALLET, evolve(ENTRY, before=1, after=6), "does not follow"),
        (evolve(WALLET, balance=4), ENTRY, "is not the sum of its entries"),
        (evolve(WALLET, sequence=2), ENTRY, "sequence 2, but 1 entries"),
        (evolve(WALLET, balance=-5), evolve(ENTRY, amount=-5, after=-5), "is below what is held, 0"),
        (evolve(WALLET, id=UUID(int=2), balance=0, sequence=0), ENTRY, "belong to no account"),
    ],
)
def test_the_proof_names_every_sort_of_fault(account: Account, entry: Entry, fault: str) -> None:
    """Stops a ledger that was tampered with from passing for whole."""
    proof = proof_of([account], [], [entry], [], {})
    assert not proof.holds
    assert any(fault in f for f in proof.faults)
    assert any("belong to no transfer" in f for f in proof.faults)


HOLD = Hold(
    id=TransferId("n", "k"),
    account=WALLET.id,
    amount=5,
    currency=Currency.SPARKLE,
    kind="order",
    reference="r",
    actor="a",
    at=ENTRY.at,
    expires_at=ENTRY.at + timedelta(days=1),
)
CAPTURED = evolve(HOLD, state=HoldState.CAPTURED, captured=5, closed_at=ENTRY.at)


@pytest.mark.parametrize(
    ("account", "hold", "fault"),
    [
        (WALLET, HOLD, "held 0 is not the sum of its open holds"),
        (evolve(WALLET, held=4), HOLD, "held 4 is not the sum of its open holds"),
        (evolve(WALLET, id=UUID(int=2)), HOLD, "belong to no account"),
        (WALLET, CAPTURED, "hold n k: what it says was captured was not"),
    ],
)
def test_the_proof_names_every_sort_of_fault_of_holds(account: Account, hold: Hold, fault: str) -> None:
    proof = proof_of([account], [], [ENTRY], [hold], {})
    assert any(fault in f for f in proof.faults), proof.faults


def test_who_loses_a_name_they_chose_is_told_and_who_did_not_choose_starts_again() -> None:
    with pytest.raises(Stale), starting_again_for("username"):
        raise Taken("username")
    with pytest.raises(Taken, match="email"), starting_again_for("username"):
        raise Taken("email")


@pytest.mark.parametrize(
    ("before", "now", "unlike"),
    [("a:b", "a:b", False), ("a:b", "a:c", True), ("a:-", "a:c", False), ("a:b", "a:-", False), (None, "a", False)],
)
def test_a_client_is_unlike_another_by_a_trait_that_both_say(before: str | None, now: str, unlike: bool) -> None:
    assert is_unlike(before, now) is unlike


def test_more_rows_about_somebody_than_a_page_holds_are_all_found() -> None:
    """Stops what lies beyond the first page from outliving its person, and from missing in their copy."""
    sparkle = in_memory(seed=1)
    ada = member(sparkle, "ada")
    for n in range(PAGE_MAX + 1):
        sparkle.run(AwardXp(user_id=ada.id, amount=1, source="gift", subject=str(n)), actor=SYSTEM)

    async def subjects(work: Work) -> list[str]:
        person = await work.store.get(PEOPLE, ada.id)
        assert person is not None
        return [row.subject async for row in rows_about(work.store, XP_ENTRIES, person) if row.source == "gift"]

    assert within(sparkle, subjects) == [str(n) for n in range(PAGE_MAX + 1)]
