"""Points: tips, balances, statements, reversals, freezing. Each test of money says what it stops."""

from datetime import timedelta
from typing import Any

import pytest
from tests.support.people import Somebody, member, newcomer
from tests.support.writing import within

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, DeleteAccount
from sparkle_core.application.economy import (
    BalanceOf,
    FreezeWallet,
    ProveLedger,
    ReverseTransfer,
    SendTip,
    Statement,
    UnfreezeWallet,
    VerifyLedger,
)
from sparkle_core.application.kernel.commands import Query
from sparkle_core.application.kernel.work import Work
from sparkle_core.application.notifications import MyNotifications
from sparkle_core.domain.accounts import ANONYMOUS, SYSTEM, Actor, Role, Status
from sparkle_core.domain.economy.errors import AccountFrozen, InsufficientFunds, OverReversal, SameAccount
from sparkle_core.domain.economy.holds import Hold
from sparkle_core.domain.economy.ledger import Currency, TransferId, wallet_of
from sparkle_core.domain.kernel.errors import (
    Forbidden,
    IdempotencyConflict,
    Invalid,
    NotFound,
    NotWhile,
    Unauthenticated,
)
from sparkle_core.domain.notifications import NotificationType


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3)


def balance(sparkle: Sparkle, somebody: Somebody) -> int:
    return sparkle.run(BalanceOf(user_id=somebody.id), actor=somebody.actor).available


def test_a_tip_moves_points_and_tells_the_recipient(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor)
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (70, 130)
    told = sparkle.run(MyNotifications(), actor=bob.actor).items
    assert [n.data for n in told if n.type is NotificationType.TIP_RECEIVED] == [{"from": str(ada.id), "amount": "30"}]
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_a_wallet_never_goes_below_zero(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    with pytest.raises(InsufficientFunds) as refused:
        sparkle.run(SendTip(to=bob.id, amount=101), actor=ada.actor)
    assert (refused.value.available, refused.value.needed) == (100, 101)
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (100, 100)


def test_a_refused_tip_leaves_its_key_unused(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    with pytest.raises(InsufficientFunds):
        sparkle.run(SendTip(to=bob.id, amount=101), actor=ada.actor, key="one")
    assert sparkle.run(SendTip(to=bob.id, amount=10), actor=ada.actor, key="one").amount == 10


def test_the_same_key_tips_once_and_answers_the_same(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops a double click, and a client's retry, from paying twice."""
    tip = SendTip(to=bob.id, amount=30)
    assert sparkle.run(tip, actor=ada.actor, key="k") == sparkle.run(tip, actor=ada.actor, key="k")
    assert balance(sparkle, ada) == 70


def test_the_same_key_for_another_tip_is_a_conflict(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor, key="k")
    with pytest.raises(IdempotencyConflict):
        sparkle.run(SendTip(to=bob.id, amount=31), actor=ada.actor, key="k")


def test_the_ledger_keeps_no_words_of_a_callers_key(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops insults, and addresses, in somebody else's statement, where nothing is ever erased."""
    words = "you-smell,bob@example.org"
    tipped = sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor, key=words)
    given_back = sparkle.run(
        ReverseTransfer(namespace=tipped.namespace, key=tipped.key, reason="sent by mistake"), actor=SYSTEM, key=words
    )
    lines = sparkle.run(Statement(user_id=bob.id), actor=bob.actor).items
    assert [(line.namespace, line.key) for line in lines[:2]] == [
        ("system", given_back.key),
        (ada.actor.name, tipped.key),
    ]
    assert not any(words in f"{line}" for line in lines)


def test_a_transfers_id_is_kept_when_the_receipt_is_long_gone(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops a replay a month later: receipts expire, the ledger's ids do not."""
    sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor, key="k")
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(days=31))
    sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor, key="k")
    assert balance(sparkle, ada) == 70
    with pytest.raises(IdempotencyConflict, match="The key 'k'"):
        sparkle.run(SendTip(to=bob.id, amount=29), actor=ada.actor, key="k")


def test_two_people_may_use_one_key(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops anybody from using up somebody else's ids."""
    sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor, key="k")
    sparkle.run(SendTip(to=ada.id, amount=10), actor=bob.actor, key="k")
    assert balance(sparkle, ada) == 80


def test_nobody_tips_themselves(sparkle: Sparkle, ada: Somebody) -> None:
    with pytest.raises(SameAccount):
        sparkle.run(SendTip(to=ada.id, amount=1), actor=ada.actor)


@pytest.mark.parametrize("amount", [0, -1, 2**63, True, 1.5, "3"])
def test_an_amount_is_a_positive_64_bit_number(sparkle: Sparkle, ada: Somebody, bob: Somebody, amount: object) -> None:
    """Stops a negative tip from pulling points out of somebody else's wallet."""
    with pytest.raises(Invalid, match="amount"):
        sparkle.run(SendTip(to=bob.id, amount=amount), actor=ada.actor)  # type: ignore[arg-type]
    assert balance(sparkle, bob) == 100


def test_tips_need_an_active_sender(sparkle: Sparkle, bob: Somebody) -> None:
    zoe = newcomer(sparkle, "zoe")
    with pytest.raises(NotWhile):
        sparkle.run(SendTip(to=bob.id, amount=1), actor=zoe.actor)
    with pytest.raises(Unauthenticated):
        sparkle.run(SendTip(to=bob.id, amount=1), actor=ANONYMOUS)


@pytest.mark.parametrize("status", [Status.BANNED, Status.DELETED])
def test_the_banned_and_the_deleted_receive_nothing(
    sparkle: Sparkle, ada: Somebody, bob: Somebody, status: Status
) -> None:
    sparkle.run(ChangeStatus(user_id=bob.id, status=status, reason="left"), actor=SYSTEM)
    with pytest.raises(NotFound):
        sparkle.run(SendTip(to=bob.id, amount=1), actor=ada.actor)


def test_wallets_are_private(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops looking into other people's wallets."""
    queries: tuple[Query[Any], ...] = (BalanceOf(user_id=ada.id), Statement(user_id=ada.id))
    for query in queries:
        with pytest.raises(Forbidden):
            sparkle.run(query, actor=bob.actor)
        with pytest.raises(Unauthenticated):
            sparkle.run(query)
        sparkle.run(query, actor=SYSTEM)


def test_a_statement_pages_newest_first_and_filters_by_kind_and_date(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    for n in range(1, 6):
        sparkle.run(SendTip(to=bob.id, amount=n), actor=ada.actor)
    first = sparkle.run(Statement(user_id=ada.id, kind="tip", limit=3), actor=ada.actor)
    rest = sparkle.run(Statement(user_id=ada.id, kind="tip", limit=3, after=first.next), actor=ada.actor)
    lines = (*first.items, *rest.items)
    assert [line.amount for line in lines] == [-5, -4, -3, -2, -1]
    assert [line.balance for line in lines] == [85, 90, 94, 97, 99]
    middle = lines[2].at
    since = sparkle.run(Statement(user_id=ada.id, kind="tip", since=middle), actor=ada.actor).items
    until = sparkle.run(Statement(user_id=ada.id, kind="tip", until=middle), actor=ada.actor).items
    assert ([x.amount for x in since], [x.amount for x in until]) == ([-5, -4, -3], [-2, -1])


def test_a_cursor_of_another_statement_is_refused(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    for n in range(1, 4):
        sparkle.run(SendTip(to=bob.id, amount=n), actor=ada.actor)
    page = sparkle.run(Statement(user_id=ada.id, limit=1), actor=ada.actor)
    with pytest.raises(Invalid, match="after: belongs to another list"):
        sparkle.run(Statement(user_id=bob.id, limit=1, after=page.next), actor=bob.actor)


def tip(sparkle: Sparkle, sender: Somebody, to: Somebody, amount: int, key: str = "k") -> tuple[str, str]:
    receipt = sparkle.run(SendTip(to=to.id, amount=amount), actor=sender.actor, key=key)
    return receipt.namespace, receipt.key


def reverse(sparkle: Sparkle, id: tuple[str, str], amount: int | None = None, key: str | None = None) -> int:
    command = ReverseTransfer(namespace=id[0], key=id[1], amount=amount, reason="fraud")
    return sparkle.run(command, actor=SYSTEM, key=key).amount


def test_a_reversal_gives_everything_back(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    assert reverse(sparkle, tip(sparkle, ada, bob, 60)) == 60
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (100, 100)


def test_reversals_never_give_back_more_than_was_moved(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops refunding one payment twice."""
    id = tip(sparkle, ada, bob, 60)
    reverse(sparkle, id, 50)
    with pytest.raises(OverReversal) as refused:
        reverse(sparkle, id, 11)
    assert refused.value.remaining == 10
    reverse(sparkle, id, 10)
    with pytest.raises(OverReversal):
        reverse(sparkle, id, 1)


def test_what_a_wallet_cannot_cover_becomes_a_receivable_that_later_credits_pay(
    sparkle: Sparkle, ada: Somebody, bob: Somebody
) -> None:
    """Stops cashing out before a chargeback: the debt follows, and is netted from what comes in."""
    carol = member(sparkle, "carol")
    id = tip(sparkle, ada, bob, 100)
    tip(sparkle, bob, carol, 150, key="away")
    assert reverse(sparkle, id) == 100
    assert (balance(sparkle, ada), balance(sparkle, bob)) == (100, 0)
    tip(sparkle, carol, bob, 30, key="back")
    assert balance(sparkle, bob) == 0
    tip(sparkle, carol, bob, 40, key="more")
    assert balance(sparkle, bob) == 20
    kinds = [line.kind for line in sparkle.run(Statement(user_id=bob.id), actor=bob.actor).items]
    assert kinds[:4] == ["netting", "tip", "netting", "tip"]
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_who_owes_is_told_why_and_sees_how_much(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops points that come in from going out again with nobody being told what for."""

    def owed() -> int:
        return sparkle.run(BalanceOf(user_id=bob.id), actor=bob.actor).owed

    id = tip(sparkle, ada, bob, 60)
    tip(sparkle, bob, ada, 140, key="away")
    assert owed() == 0
    assert reverse(sparkle, id, 50, key="once") == reverse(sparkle, id, 50, key="once") == 50
    assert owed() == 30
    told = [note for note in sparkle.run(MyNotifications(), actor=bob.actor).items if note.type.value == "MODERATION"]
    assert [note.data for note in told] == [
        {
            "amount": "50",
            "currency": "SPARKLE",
            "owed": "30",
            "kind": "tip",
            "reference": f"person:{bob.id}",
            "reason": "fraud",
        }
    ]
    tip(sparkle, ada, bob, 20, key="more")
    assert (owed(), balance(sparkle, bob)) == (10, 0)
    tip(sparkle, ada, bob, 20, key="and more")
    assert (owed(), balance(sparkle, bob)) == (0, 10)


def test_a_reversal_takes_from_the_platform_without_telling_anybody(sparkle: Sparkle, ada: Somebody) -> None:
    bonus = sparkle.run(Statement(user_id=ada.id, kind="welcome_bonus"), actor=ada.actor).items[0]
    given_back = sparkle.run(
        ReverseTransfer(namespace=bonus.namespace, key=bonus.key, amount=40, reason="twice"), actor=SYSTEM
    )
    assert reverse(sparkle, (given_back.namespace, given_back.key)) == 40
    told = [note for note in sparkle.run(MyNotifications(), actor=ada.actor).items if note.type.value == "MODERATION"]
    assert [note.data["reason"] for note in told] == ["twice"]


def test_only_admins_reverse_transfers(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops a sender, or a moderator, from taking a tip back."""
    namespace, key = tip(sparkle, ada, bob, 60)
    moderator = member(sparkle, "mia", Role.MODERATOR)
    for actor in (ada.actor, moderator.actor):
        with pytest.raises(Forbidden):
            sparkle.run(ReverseTransfer(namespace=namespace, key=key, reason="mine"), actor=actor)


def test_a_transfer_nobody_made_is_not_found(sparkle: Sparkle) -> None:
    with pytest.raises(NotFound, match="transfer"):
        reverse(sparkle, ("system", "never"))


def test_a_frozen_wallet_takes_and_does_not_give(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops a thief from emptying an account while moderators look."""
    moderator = member(sparkle, "mia", Role.MODERATOR).actor
    sparkle.run(FreezeWallet(user_id=ada.id, reason="stolen"), actor=moderator)
    with pytest.raises(AccountFrozen):
        tip(sparkle, ada, bob, 1)
    tip(sparkle, bob, ada, 5)
    assert sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor).frozen
    sparkle.run(UnfreezeWallet(user_id=ada.id, reason="it was them"), actor=moderator)
    tip(sparkle, ada, bob, 105, key="free")
    assert balance(sparkle, ada) == 0


def test_what_is_held_shows_until_the_worker_ends_the_hold(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    """Stops points that are promised to one from being tipped to another, and promises from lasting for ever."""
    assert isinstance(sparkle.world, SeededWorld)
    now = sparkle.world.moment().now

    async def step(work: Work) -> None:
        for n in range(60):
            hold = Hold(
                id=TransferId("order", str(n)),
                account=wallet_of(ada.id),
                amount=1,
                currency=Currency.SPARKLE,
                kind="order",
                reference="order",
                actor="system",
                at=now,
                expires_at=now + timedelta(hours=1),
            )
            await work.ledger.reserve(hold)

    within(sparkle, step)
    wallet = sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor)
    assert (wallet.available, wallet.held) == (40, 60)
    with pytest.raises(InsufficientFunds):
        tip(sparkle, ada, bob, 41)
    sparkle.world.advance(timedelta(hours=2))
    sparkle.run_coroutine(sparkle.tidy_up())
    wallet = sparkle.run(BalanceOf(user_id=ada.id), actor=ada.actor)
    assert (wallet.available, wallet.held) == (100, 0)


def test_a_reversal_reaches_a_frozen_wallet(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    id = tip(sparkle, ada, bob, 60)
    sparkle.run(FreezeWallet(user_id=bob.id, reason="fraud"), actor=SYSTEM)
    reverse(sparkle, id)
    assert balance(sparkle, bob) == 100


def test_members_freeze_nothing(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    with pytest.raises(Forbidden):
        sparkle.run(FreezeWallet(user_id=bob.id, reason="spite"), actor=ada.actor)


def test_leaving_keeps_the_ledger_whole(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    tip(sparkle, ada, bob, 60)
    sparkle.run(DeleteAccount(), actor=Actor(user_id=ada.id, proved_at=sparkle.world.moment().now))
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_the_ledger_is_verified_before_and_after_it_is_sealed(sparkle: Sparkle, ada: Somebody, bob: Somebody) -> None:
    sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor)
    waiting = sparkle.run(VerifyLedger(), actor=SYSTEM)
    assert waiting.holds
    assert (waiting.links, waiting.waiting) == (0, 3)
    assert sparkle.run_coroutine(sparkle.seal()) == 3
    found = sparkle.run(VerifyLedger(), actor=SYSTEM)
    assert found.holds, found.faults
    assert (found.links, found.seals, found.waiting, found.head) == (3, 1, 0, 3)
    assert sparkle.run(VerifyLedger(head=3, mac=found.mac), actor=SYSTEM).holds
    assert not sparkle.run(VerifyLedger(head=2, mac=found.mac), actor=SYSTEM).holds


@pytest.mark.parametrize("noted", [VerifyLedger(head=1), VerifyLedger(mac="0" * 64)])
def test_a_noted_head_is_a_number_and_a_mac(sparkle: Sparkle, noted: VerifyLedger) -> None:
    with pytest.raises(Invalid, match="go together"):
        sparkle.run(noted, actor=SYSTEM)
