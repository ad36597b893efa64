"""The audit log: what is in it, who reads it, and that erasing a value with its salt leaves the chain as it was."""

from base64 import b32decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from tests.support.people import PASSWORD, Somebody, member
from tests.support.writing import publish

from sparkle_adapters.memory.store import MemoryStore
from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import (
    ChangeEmail,
    ChangePassword,
    ChangeRole,
    ChangeStatus,
    ConfirmEmail,
    DisableTwoFactor,
    EnableTwoFactor,
    LogIn,
    MakeBackupCodes,
    RequestPasswordReset,
    ResetPassword,
    RevokeSessions,
    SetUpTwoFactor,
)
from sparkle_core.application.auditing import AuditLog, AuditView, VerifyAudit
from sparkle_core.application.economy import FreezeWallet, SendTip, UnfreezeWallet
from sparkle_core.application.moderation import Decide, ReportContent
from sparkle_core.application.rotation import RetireKey
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_core.domain.accounts.factors import one_time_code, step_at
from sparkle_core.domain.economy.errors import UnknownAccount
from sparkle_core.domain.kernel.actors import SYSTEM, Actor, Origin, Role, Status
from sparkle_core.domain.kernel.auditing import AUDIT, AUDIT_VALUES, AuditVerification, Part
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.domain.kernel.stored import eq
from sparkle_core.domain.moderation.decisions import Action
from sparkle_core.domain.moderation.reasons import ReportReason
from sparkle_core.domain.moderation.targets import TargetType
from sparkle_core.ports.store import Transaction

HOME = Origin(address="192.0.2.7", request_id=UUID(int=70))
NEW_PASSWORD = "Another-g00d-one"


@frozen
class Town:
    """A community with a member, a moderator and an administrator."""

    sparkle: Sparkle
    ada: Somebody
    moira: Somebody
    root: Somebody

    @property
    def now(self) -> Any:
        assert isinstance(self.sparkle.world, SeededWorld)
        return self.sparkle.world.now

    def by(self, somebody: Somebody) -> Actor:
        """Somebody who just proved who they are."""
        return Actor(user_id=somebody.id, proved_at=self.now)

    def log(self, **filters: Any) -> list[AuditView]:
        return list(self.sparkle.run(AuditLog(forward=True, limit=100, **filters), actor=SYSTEM).items)

    def verified(self, **known: Any) -> AuditVerification:
        self.sparkle.run_coroutine(self.sparkle.chain_audit())
        return self.sparkle.run(VerifyAudit(**known), actor=SYSTEM)


@pytest.fixture
def town() -> Town:
    sparkle = in_memory(seed=3)
    people = (member(sparkle, "ada"), member(sparkle, "moira", Role.MODERATOR), member(sparkle, "rudi", Role.ADMIN))
    return Town(sparkle, *people)


def changes_the_password(town: Town) -> None:
    town.sparkle.run(ChangePassword(password=NEW_PASSWORD), actor=town.by(town.ada), origin=HOME)


def resets_the_password(town: Town) -> None:
    town.sparkle.run(RequestPasswordReset(email=town.ada.email))
    token = town.sparkle.mailbox.latest(town.ada.email).data["token"]
    town.sparkle.run(ResetPassword(token=token, password=NEW_PASSWORD), origin=HOME)


def changes_the_address(town: Town) -> None:
    town.sparkle.run(ChangeEmail(email="new@example.org"), actor=town.by(town.ada))
    code = town.sparkle.mailbox.latest("new@example.org").code
    town.sparkle.run(ConfirmEmail(code=code), actor=town.by(town.ada), origin=HOME)


def _code(town: Town, steps: int = 0) -> str:
    """Of an app that was set up a moment ago."""
    return one_time_code(SECRETS[town.ada.id], step_at(town.now) + steps)


SECRETS: dict[UUID, bytes] = {}


def turns_a_second_factor_on(town: Town) -> None:
    made = town.sparkle.run(SetUpTwoFactor(), actor=town.by(town.ada))
    SECRETS[town.ada.id] = b32decode(made.secret)
    town.sparkle.run(EnableTwoFactor(code=_code(town)), actor=town.by(town.ada), origin=HOME)


def makes_backup_codes(town: Town) -> None:
    turns_a_second_factor_on(town)
    town.sparkle.run(MakeBackupCodes(), actor=town.by(town.ada), origin=HOME)


def turns_it_off(town: Town) -> None:
    turns_a_second_factor_on(town)
    command = DisableTwoFactor(password=PASSWORD, code=_code(town, steps=1))
    town.sparkle.run(command, actor=town.by(town.ada), origin=HOME)


def suspends(town: Town) -> None:
    command = ChangeStatus(user_id=town.ada.id, status=Status.SUSPENDED, reason="Flooding.")
    town.sparkle.run(command, actor=town.by(town.root), origin=HOME)


def gives_a_role(town: Town) -> None:
    town.sparkle.run(ChangeRole(user_id=town.ada.id, role=Role.CREATOR), actor=town.by(town.root), origin=HOME)


def ends_sessions(town: Town) -> None:
    town.sparkle.run(RevokeSessions(user_id=town.ada.id), actor=town.by(town.root), origin=HOME)


def freezes_a_wallet(town: Town) -> None:
    town.sparkle.run(FreezeWallet(user_id=town.ada.id, reason="Looks odd."), actor=town.by(town.moira), origin=HOME)


def lets_it_pay_again(town: Town) -> None:
    freezes_a_wallet(town)
    town.sparkle.run(UnfreezeWallet(user_id=town.ada.id, reason="It was not."), actor=town.by(town.moira), origin=HOME)


def bans_by_decision(town: Town) -> None:
    post, spam = publish(town.sparkle, town.ada), ReportReason.SPAM
    report = ReportContent(target_type=TargetType.POST, target_id=post, reason=spam)
    case = town.sparkle.run(report, actor=member(town.sparkle, "eve").actor)
    ban = Decide(case_id=case.case_id, action=Action.BAN, ground=spam, reason="Adverts.")
    town.sparkle.run(ban, actor=town.by(town.moira), origin=HOME)


EVENTS: list[tuple[Callable[[Town], None], str, str, str | None, str | None]] = [
    # what happens, the command, by whom, before, after
    (changes_the_password, "ChangePassword", "ada", None, None),
    (resets_the_password, "ResetPassword", "nobody", None, None),
    (changes_the_address, "ConfirmEmail", "ada", '{"email": "ada@example.org"}', '{"email": "new@example.org"}'),
    (turns_a_second_factor_on, "EnableTwoFactor", "ada", '{"second_factor": "off"}', '{"second_factor": "on"}'),
    (turns_it_off, "DisableTwoFactor", "ada", '{"second_factor": "on"}', '{"second_factor": "off"}'),
    (makes_backup_codes, "MakeBackupCodes", "ada", None, None),
    (suspends, "ChangeStatus", "root", '{"status": "ACTIVE"}', '{"status": "SUSPENDED", "until": '),
    (gives_a_role, "ChangeRole", "root", '{"role": "USER"}', '{"role": "CREATOR"}'),
    (ends_sessions, "RevokeSessions", "root", None, None),
    (freezes_a_wallet, "FreezeWallet", "moira", '{"wallet": "open"}', '{"wallet": "frozen"}'),
    (lets_it_pay_again, "UnfreezeWallet", "moira", '{"wallet": "frozen"}', '{"wallet": "open"}'),
    (bans_by_decision, "Decide", "moira", '{"status": "ACTIVE"}', '{"status": "BANNED"}'),
]


@pytest.mark.parametrize(("happens", "command", "by", "before", "after"), EVENTS, ids=[e[0].__name__ for e in EVENTS])
def test_what_security_looks_at_is_written_down(
    town: Town, happens: Callable[[Town], None], command: str, by: str, before: str | None, after: str | None
) -> None:
    happens(town)
    (entry,) = town.log(subject=town.ada.id, command=command)
    people = {"ada": town.ada, "moira": town.moira, "root": town.root}
    assert entry.actor == (people[by].actor.name if by in people else "anonymous")
    assert (entry.outcome, entry.address, entry.request_id, entry.erased) == ("done", "192.0.2.7", UUID(int=70), ())
    assert entry.before == before
    assert (entry.after is None) if after is None else str(entry.after).startswith(after)
    assert PASSWORD not in str(entry)
    assert NEW_PASSWORD not in str(entry)
    assert town.verified().holds


def test_privileged_people_are_seen_signing_in_and_failing_to(town: Town) -> None:
    with pytest.raises(InvalidCredentials):
        town.sparkle.run(LogIn(email=town.moira.email, password="wrong"), origin=HOME)
    for somebody in (town.moira, town.ada):
        town.sparkle.run(LogIn(email=somebody.email, password=PASSWORD), origin=HOME)
    told = [(e.subject, e.outcome, e.after) for e in town.log(command="LogIn")]
    assert told == [
        (town.moira.id, "invalid_credentials", '{"login": "wrong"}'),
        (town.moira.id, "done", '{"login": "succeeded"}'),
    ]


def test_every_command_of_a_privileged_person_is_written_down(town: Town) -> None:
    town.sparkle.run(SendTip(to=town.ada.id, amount=5), actor=town.by(town.moira))
    town.sparkle.run(SendTip(to=town.moira.id, amount=5), actor=town.by(town.ada))
    (entry,) = town.log(command="SendTip")
    assert entry.actor == town.moira.actor.name
    assert str(town.ada.id) in str(entry.content)


def test_forgetting_a_key_is_written_down(town: Town) -> None:
    keys = town.sparkle.dispatcher.keys
    assert keys is not None
    keys.add(Purpose.SECRETS, "other")
    operator = Actor(system=True, operator="grace")
    town.sparkle.run(RetireKey(purpose=Purpose.SECRETS, key="other"), actor=operator)
    (entry,) = town.log(command="RetireKey")
    assert (entry.actor, entry.subject) == ("operator:grace", None)


def test_the_log_is_filtered_by_actor_subject_command_and_time(town: Town) -> None:
    gives_a_role(town)
    assert isinstance(town.sparkle.world, SeededWorld)
    between = town.now + timedelta(minutes=1)
    town.sparkle.world.advance(timedelta(minutes=2))
    freezes_a_wallet(town)
    assert [e.command for e in town.log(actor=town.root.actor.name)] == ["ChangeRole"]
    assert [e.command for e in town.log(since=between)] == ["FreezeWallet"]
    assert "FreezeWallet" not in [e.command for e in town.log(until=between)]
    first = town.sparkle.run(AuditLog(subject=town.ada.id, limit=1), actor=SYSTEM)
    (newest,), cursor = first.items, first.next
    (older,) = town.sparkle.run(AuditLog(subject=town.ada.id, limit=1, after=cursor), actor=SYSTEM).items
    assert (newest.command, older.command) == ("FreezeWallet", "ChangeRole")


def test_an_entry_is_in_the_log_since_its_own_instant_and_not_until_it(town: Town) -> None:
    """Stops who reads on from where the last page's time ended from missing what happened in that very moment."""
    gives_a_role(town)
    (entry,) = town.log(command="ChangeRole", actor=town.root.actor.name)
    assert entry in town.log(since=entry.at)
    assert entry not in town.log(since=entry.at + timedelta(microseconds=1))
    assert entry not in town.log(until=entry.at)


def erase(town: Town, person: UUID) -> int:
    """What erasing a person does to the log: their values go, and the salts with them."""

    async def body(tx: Transaction) -> int:
        values = await tx.records.page(AUDIT_VALUES, eq("person", person))
        return await tx.records.erase(AUDIT_VALUES, [value.id for value in values])

    return town.sparkle.run_coroutine(town.sparkle.store.transact(body))


def test_an_erased_value_leaves_the_chain_as_it_was(town: Town) -> None:
    changes_the_address(town)
    before = town.verified()
    assert (before.holds, before.erased) == (True, 0)
    gone = erase(town, town.ada.id)
    after = town.verified()
    assert gone >= 4
    assert (after.holds, after.erased, after.mac) == (True, gone, before.mac)
    (entry,) = town.log(command="ConfirmEmail")
    assert set(entry.erased) == {part.value for part in Part}
    assert (entry.content, entry.before, entry.after, entry.address) == (None, None, None, None)


def test_what_was_not_chained_yet_can_be_erased_too(town: Town) -> None:
    changes_the_address(town)
    erase(town, town.ada.id)
    assert town.verified().holds


def test_the_chain_goes_through_a_head_that_was_noted(town: Town) -> None:
    """Stops an old copy of the whole log, chain and all, from passing for today's."""
    noted = town.verified()
    gives_a_role(town)
    assert town.verified(head=noted.head, mac=noted.mac).holds
    other = town.verified(head=noted.head, mac="0" * 64)
    assert [(f.table, f.id) for f in other.faults] == [("audit_link", str(noted.head))]
    beyond = town.verified(head=noted.head + 99, mac=noted.mac)
    assert [(f.table, f.id) for f in beyond.faults] == [("audit_link", str(noted.head + 99))]
    for half in ({"head": 1}, {"mac": "0" * 64}):
        with pytest.raises(Invalid):
            town.verified(**half)


def test_chaining_goes_on_where_it_was_and_with_more_than_a_page(town: Town) -> None:
    first = town.verified()
    for _ in range(250):
        town.sparkle.run(RevokeSessions(user_id=town.ada.id), actor=town.by(town.root))
    after = town.verified()
    assert after.holds, after.faults
    assert (after.links, after.waiting) == (first.links + 250, 0)


def test_an_entry_that_was_changed_before_it_was_chained_is_left_out_and_named(town: Town) -> None:
    """Stops the chain from covering what somebody with access to the database wrote a moment before."""
    gives_a_role(town)
    store = town.sparkle.store
    assert isinstance(store, MemoryStore)
    table = store.data.tables[AUDIT.name]
    (entry,) = town.log(command="ChangeRole", subject=town.ada.id)
    row = list(table.rows[entry.id])
    row[table.at["actor"]] = "user:somebody else"
    table.put(tuple(row), [])
    found = town.verified()
    assert [(f.table, f.id, f.what) for f in found.faults] == [("audit", str(entry.id), "is not as it was written")]
    assert found.waiting == 1


def test_a_wallet_that_is_not_there_is_not_frozen(town: Town) -> None:
    nobody = UserId(UUID(int=404))
    with pytest.raises(UnknownAccount):
        town.sparkle.run(FreezeWallet(user_id=nobody, reason="Looks odd."), actor=town.by(town.moira))
    assert town.log(subject=nobody) == []
