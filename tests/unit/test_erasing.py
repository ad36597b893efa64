"""Erasing, batch by batch, and what waits. Each test says what it stops. The whole of it: tests/integration."""

from typing import Any

import pytest
from attrs import evolve
from tests.support.clock import later
from tests.support.lives import Life
from tests.support.moderating import decide, report
from tests.support.people import PASSWORD, Somebody, being_erased, member
from tests.support.writing import community, publish, say, thread, view

from sparkle_adapters.codec import rows_of
from sparkle_adapters.memory.store import MemoryStore
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeStatus, DeleteAccount, EraseAccount, LogIn, PublicProfile, Register
from sparkle_core.application.auditing import AuditLog, VerifyAudit
from sparkle_core.application.content import DeleteComment, DeletePost
from sparkle_core.application.economy import BalanceOf, ProveLedger, SendTip
from sparkle_core.application.erasing import Erased, EraseNext, ErasurePlan, Planned
from sparkle_core.application.exporting import ExportOf
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.notifications import Tell
from sparkle_core.domain.accounts import ANONYMOUS, LOGINS, SYSTEM, Actor, Role, Status
from sparkle_core.domain.accounts.events import UserErased
from sparkle_core.domain.content import COMMENTS, POSTS
from sparkle_core.domain.kernel.auditing import AUDIT_VALUES
from sparkle_core.domain.kernel.errors import NotFound, Unauthenticated
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.stored import NOTHING_LEFT, Kind, Log
from sparkle_core.domain.moderation import EVIDENCE, REPORTS
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.domain.notifications import NOTIFICATIONS, NotificationType


@pytest.fixture
def sparkle() -> Sparkle:
    return community()


def planned(sparkle: Sparkle, somebody: Somebody) -> dict[str, Planned]:
    return {p.stored: p for p in sparkle.run(ErasurePlan(user_id=somebody.id), actor=SYSTEM)}


def erased(sparkle: Sparkle, somebody: Somebody) -> None:
    sparkle.run(EraseAccount(user_id=somebody.id), actor=SYSTEM)
    sparkle.run_coroutine(sparkle.erase(somebody.id))


def rows(sparkle: Sparkle, shape: Kind[Any] | Log[Any]) -> list[Any]:
    assert isinstance(sparkle.store, MemoryStore)
    return [rows_of(shape.type).value(row) for row in sparkle.store.data.tables[shape.name].rows.values()]


def test_a_batch_is_at_most_200_rows(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops one long transaction from holding up everybody else."""
    for _ in range(21):
        later(sparkle, minutes=20)
        for _ in range(5):
            sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    being_erased(sparkle, ada.id)
    batches: list[Erased] = []
    while not batches or not batches[-1].done:
        batches.append(sparkle.run(EraseNext(), actor=SYSTEM))
    assert [b.rows for b in batches[:-1]] == [200] * (len(batches) - 1)
    assert 0 < batches[-1].rows <= 201
    assert len(batches) > 1
    assert sparkle.run(EraseNext(), actor=SYSTEM) == Erased(user_id=None)


def test_nobody_is_erased_before_their_time(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops the worker, and anybody who names them, from cutting the time of grace short."""
    sparkle.run(DeleteAccount(), actor=evolve(ada.actor, proved_at=sparkle.world.moment().now))
    later(sparkle, days=29)
    for command in (EraseNext(), EraseNext(user_id=ada.id)):
        assert sparkle.run(command, actor=SYSTEM) == Erased(user_id=None)
    bob = member(sparkle, "bob")
    assert sparkle.run(EraseNext(user_id=bob.id), actor=SYSTEM) == Erased(user_id=None)


def test_the_one_who_is_due_longest_comes_first(sparkle: Sparkle, ada: Somebody) -> None:
    bob = member(sparkle, "bob")
    sparkle.run(EraseAccount(user_id=bob.id), actor=SYSTEM)
    later(sparkle, hours=1)
    sparkle.run(EraseAccount(user_id=ada.id), actor=SYSTEM)
    later(sparkle, hours=1)
    order = []
    while (batch := sparkle.run(EraseNext(), actor=SYSTEM)).user_id is not None:
        order += [batch.user_id] if batch.done else []
    assert order == [bob.id, ada.id]


def test_a_dry_run_says_what_erasing_then_does(sparkle: Sparkle, ada: Somebody) -> None:
    publish(sparkle, ada)
    sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    sparkle.run(EraseAccount(user_id=ada.id), actor=SYSTEM)
    plan = planned(sparkle, ada)
    assert (plan["person"].change, plan["profile"].go, plan["login"].go) == (1, 1, 1)
    assert (plan["post"].stay, plan["progress"].change, plan["xp_entry"].go) == (1, 1, 0)
    begun = 1
    assert sparkle.run_coroutine(sparkle.erase(ada.id)) == begun + sum(p.go + p.change for p in plan.values())
    assert not [p for p in planned(sparkle, ada).values() if p.go or p.change or p.wait]
    with pytest.raises(NotFound):
        sparkle.run(ErasurePlan(user_id=UserId(sparkle.world.moment().new_id())), actor=SYSTEM)


def test_what_is_published_stays_and_what_is_not_says_nothing_any_more(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops erasing from tearing holes into what others talk about, and deleted words from being kept."""
    bob = member(sparkle, "bob")
    shown, gone = publish(sparkle, ada, "for everybody"), publish(sparkle, ada, "for nobody")
    first, second = say(sparkle, ada, shown, "seen"), say(sparkle, ada, shown, "taken back")
    say(sparkle, bob, shown, "bob answers", parent_id=second)
    sparkle.run(DeletePost(post_id=gone), actor=ada.actor)
    sparkle.run(DeleteComment(comment_id=second), actor=ada.actor)
    erased(sparkle, ada)
    assert view(sparkle, shown).author.username is None
    assert [c.text for c in thread(sparkle, shown) if c.id != second] == ["seen", "bob answers"]
    (post,) = [p for p in rows(sparkle, POSTS) if p.id == gone]
    (comment,) = [c for c in rows(sparkle, COMMENTS) if c.id == second]
    assert (post.title, comment.text) == (NOTHING_LEFT, NOTHING_LEFT)
    assert first != second


def test_reported_content_waits_until_its_case_is_decided(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops whoever is reported from erasing what they are reported for."""
    bob, mod = member(sparkle, "bob"), member(sparkle, "grace", Role.MODERATOR)
    post = publish(sparkle, ada, "bad words")
    case = report(sparkle, bob, post, TargetType.POST, note="look at this")
    sparkle.run(DeletePost(post_id=post), actor=ada.actor)
    erased(sparkle, ada)
    assert (planned(sparkle, ada)["evidence"].wait, planned(sparkle, ada)["post"].wait) == (1, 1)
    assert "bad words" in rows(sparkle, EVIDENCE)[0].text
    later(sparkle, days=2)
    sparkle.run_coroutine(sparkle.erase())
    assert planned(sparkle, ada)["evidence"].wait == 1
    decide(sparkle, mod, case, Action.REMOVE)
    later(sparkle, days=2)
    sparkle.run_coroutine(sparkle.erase())
    assert rows(sparkle, EVIDENCE) == []
    assert not [p for p in rows(sparkle, POSTS) if "bad words" in p.text]


def test_a_reporter_who_leaves_takes_their_words_along_once_the_case_is_closed(sparkle: Sparkle, ada: Somebody) -> None:
    bob, mod = member(sparkle, "bob"), member(sparkle, "grace", Role.MODERATOR)
    case = report(sparkle, bob, publish(sparkle, ada), note="bob's words")
    erased(sparkle, bob)
    assert rows(sparkle, REPORTS)[0].note == "bob's words"
    decide(sparkle, mod, case, Action.DISMISS)
    later(sparkle, days=2)
    sparkle.run_coroutine(sparkle.erase())
    assert rows(sparkle, REPORTS)[0].note == ""


def test_points_stay_where_they_went_and_the_ledger_holds(sparkle: Sparkle, ada: Somebody) -> None:
    """Stops money from vanishing with people."""
    bob = member(sparkle, "bob")
    sparkle.run(SendTip(to=bob.id, amount=30), actor=ada.actor)
    before = sparkle.run(BalanceOf(user_id=bob.id), actor=bob.actor).available
    erased(sparkle, ada)
    assert sparkle.run(BalanceOf(user_id=bob.id), actor=bob.actor).available == before
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds
    with pytest.raises(NotFound):
        sparkle.run(SendTip(to=ada.id, amount=5), actor=bob.actor)


@pytest.mark.parametrize("type", list(NotificationType))
def test_nobody_tells_the_erased_anything(sparkle: Sparkle, ada: Somebody, type: NotificationType) -> None:
    """Stops late events, and decisions of moderators, from writing of somebody what erasing has just taken away."""
    erased(sparkle, ada)
    tell = Tell(user_id=ada.id, type=type, subject="late", data={"from": "bob"})
    sparkle.run(tell, actor=SYSTEM)
    assert rows(sparkle, NOTIFICATIONS) == [r for r in rows(sparkle, NOTIFICATIONS) if r.user_id != ada.id]


def test_others_hear_once_that_somebody_was_erased(sparkle: Sparkle, ada: Somebody) -> None:
    """Also when some of it waited: whoever keeps copies elsewhere acts on it."""
    bob, mod = member(sparkle, "bob"), member(sparkle, "grace", Role.MODERATOR)
    case = report(sparkle, bob, publish(sparkle, ada))
    erased(sparkle, ada)
    told = [m for m in rows(sparkle, OUTBOX) if m.topic == UserErased.topic]
    assert told == []
    decide(sparkle, mod, case, Action.DISMISS)
    for _ in range(3):
        later(sparkle, days=2)
        sparkle.run_coroutine(sparkle.erase())
    assert len([m for m in rows(sparkle, OUTBOX) if m.topic == UserErased.topic]) == 1


def test_a_whole_life_goes_in_memory_too() -> None:
    sparkle = in_memory(inline=False)
    life = Life(sparkle).lived()
    sparkle.run(EraseAccount(user_id=life.id), actor=SYSTEM)
    sparkle.run_coroutine(sparkle.erase(life.id))
    plan = sparkle.run(ErasurePlan(user_id=life.id), actor=SYSTEM)
    assert {p.stored for p in plan if p.wait} == {"appeal", "evidence"}
    assert not [p for p in plan if p.go or p.change]
    assert not [row for row in rows(sparkle, LOGINS) if row.user_id == life.id]
    with pytest.raises(Unauthenticated):
        sparkle.run(DeleteAccount(), actor=Actor(user_id=life.id, proved_at=sparkle.world.moment().now))
    with pytest.raises(NotFound):
        sparkle.run(PublicProfile(username="zoe_mark"))


def test_what_an_operator_wrote_of_whom_they_made_goes_with_them(sparkle: Sparkle) -> None:
    """Stops the audit log from keeping the address that was typed in on the command line."""
    grace = Actor(system=True, operator="grace")
    joins = Register(email="typed@example.org", username="typed_in", password=PASSWORD, agree_to_terms=True)
    typed = Somebody(sparkle.run(joins, actor=grace).id, "typed_in", "typed@example.org", ANONYMOUS)
    sparkle.run(ExportOf(user_id=typed.id), actor=grace)
    told = {e.command: e.content for e in sparkle.run(AuditLog(actor="operator:grace"), actor=SYSTEM).items}
    assert "typed@example.org" in str(told["Register"])
    assert "ExportOf" in told, "who takes a copy of somebody's data is written down"
    erased(sparkle, typed)
    assert "typed" not in repr(rows(sparkle, AUDIT_VALUES))
    assert sparkle.run(VerifyAudit(), actor=SYSTEM).holds


def test_whoever_an_operator_made_and_verified_is_not_warned_of_themselves(sparkle: Sparkle) -> None:
    """The code is mailed by a worker, and may come when it is not needed any more."""
    busy = in_memory(seed=5, through=lambda _: sparkle.store, inline=False)
    joined = busy.run(Register(email="eve@example.org", username="eve", password=PASSWORD, agree_to_terms=True))
    busy.run(ChangeStatus(user_id=joined.id, status=Status.ACTIVE, reason="Known."), actor=SYSTEM)
    busy.run_coroutine(busy.drain())
    assert [letter for letter in busy.mailbox.letters if letter.to == "eve@example.org"] == []
