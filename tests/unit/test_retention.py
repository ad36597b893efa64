"""How long what is kept is kept: data with floors, removed by upkeep, and counted beforehand by a dry run."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.clock import later
from tests.support.people import PASSWORD, member

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import ChangeRole, LogIn
from sparkle_core.application.auditing import AuditLog, VerifyAudit
from sparkle_core.application.kernel.outbox import OUTBOX
from sparkle_core.application.kernel.receipts import KEPT_FOR_THE_SYSTEM
from sparkle_core.application.notifications import MyNotifications, ReadNotification
from sparkle_core.application.rules import Rules
from sparkle_core.application.upkeep import RETENTION, RetentionDue, TidyUp
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Origin, Role
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import hints_of
from sparkle_core.domain.kernel.retention import RetentionRules

HOME = Origin(address="192.0.2.7")


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=6)


def due(sparkle: Sparkle) -> dict[str, int]:
    return {one.stored: one.rows for one in sparkle.run(RetentionDue(), actor=SYSTEM) if one.rows}


def tidied(sparkle: Sparkle) -> int:
    return sparkle.run_coroutine(sparkle.tidy_up())


def test_a_dry_run_counts_what_goes_and_removes_nothing(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    for _ in range(250):  # more than a page
        sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    assert due(sparkle) == {}
    later(sparkle, days=91)
    counted = due(sparkle)
    assert counted["login"] == counted["session"] == 250
    assert counted == due(sparkle)
    assert tidied(sparkle) == sum(counted.values())
    assert due(sparkle) == {}


def test_read_notifications_go_after_a_year_and_unread_ones_stay(sparkle: Sparkle) -> None:
    ada = member(sparkle, "ada")
    first, *others = sparkle.run(MyNotifications(), actor=ada.actor).items
    sparkle.run(ReadNotification(notification_id=first.id), actor=ada.actor)
    later(sparkle, days=364)
    tidied(sparkle)
    assert first.id in [one.id for one in sparkle.run(MyNotifications(), actor=ada.actor).items]
    later(sparkle, days=2)
    assert due(sparkle)["notification"] == 1
    tidied(sparkle)
    assert [one.id for one in sparkle.run(MyNotifications(), actor=ada.actor).items] == [one.id for one in others]


def test_the_audit_log_loses_its_words_after_three_years_and_keeps_its_chain(sparkle: Sparkle) -> None:
    ada, rudi = member(sparkle, "ada"), member(sparkle, "rudi", Role.ADMIN)
    assert isinstance(sparkle.world, SeededWorld)
    by = Actor(user_id=rudi.id, proved_at=sparkle.world.now)
    sparkle.run(ChangeRole(user_id=ada.id, role=Role.CREATOR), actor=by, origin=HOME)
    sparkle.run_coroutine(sparkle.chain_audit())
    later(sparkle, days=1_096)
    tidied(sparkle)
    (entry,) = sparkle.run(AuditLog(subject=ada.id), actor=SYSTEM).items
    assert (entry.actor, entry.command, entry.address) == (rudi.actor.name, "ChangeRole", None)
    assert set(entry.erased) == {"content", "before", "after", "address"}
    assert sparkle.run(VerifyAudit(), actor=SYSTEM).holds


def test_the_days_are_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text("[retention]\nsessions = 30\nlogin_history = 120\n")
    sparkle = in_memory(seed=6, rules=Rules.load(file))
    ada = member(sparkle, "ada")
    sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    later(sparkle, days=59)  # the session ended 29 days ago
    assert not {"session", "login"} & set(due(sparkle))
    later(sparkle, days=2)
    assert "session" in due(sparkle)
    later(sparkle, days=60)
    assert "login" in due(sparkle)


@pytest.mark.parametrize(("field", "days"), [("login_history", 89), ("audit_values", 89), ("alerts", 29), ("codes", 0)])
def test_no_rules_file_undercuts_a_floor(tmp_path: Path, field: str, days: int) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(f"[retention]\n{field} = {days}\n")
    with pytest.raises(Invalid, match=field):
        Rules.load(file)


def test_every_rule_is_for_something_and_every_policy_has_its_field() -> None:
    used: set[Any] = {policy.rule for policy in RETENTION} - {""}
    assert used == set(hints_of(RetentionRules))
    assert [p.shape.name for p in RETENTION if p.field not in hints_of(p.shape.type)] == []
    assert timedelta(days=90) == KEPT_FOR_THE_SYSTEM, "docs/security.md says so"


def test_what_is_due_is_read_off_an_index() -> None:
    """Stops the worker from reading a whole table every hour to find nothing."""
    leading = {p.shape.name: [fields[0] for fields in p.shape.indexes] for p in RETENTION}
    leading[OUTBOX.name] = [fields[1] for fields in OUTBOX.indexes if fields[0] == "delivery"]
    assert [p.shape.name for p in RETENTION if p.field not in leading[p.shape.name]] == []


def test_no_transaction_removes_more_than_200_rows(sparkle: Sparkle) -> None:
    """Stops the upkeep of a busy month from holding up everybody who writes meanwhile."""
    ada = member(sparkle, "ada")
    for _ in range(150):
        sparkle.run(LogIn(email=ada.email, password=PASSWORD))
    later(sparkle, days=91)
    counted = sum(due(sparkle).values())
    batches: list[int] = []
    while not batches or batches[-1]:
        batches.append(sparkle.run(TidyUp(), actor=SYSTEM).rows)
    assert counted > 300
    assert sum(batches) == counted
    assert max(batches) == 200
