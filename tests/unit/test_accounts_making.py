"""An operator makes a person: as they were asked for, or not at all."""

import pytest
from tests.communities import STORES, community
from tests.faults import fused
from tests.support.people import PASSWORD

from sparkle_bootstrap import Sparkle, in_memory
from sparkle_core.application.accounts import LogIn, MakePerson, PersonNamed, VerifyEmail
from sparkle_core.application.auditing import AuditLog
from sparkle_core.application.economy import ProveLedger
from sparkle_core.domain.accounts import SYSTEM, Role, Status
from sparkle_core.domain.accounts.errors import Outranked
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.errors import Invalid, NotFound, Taken, Unavailable

GRACE = Actor(system=True, operator="grace")
ADA = MakePerson(email="Ada@Example.org", username="ada", password=PASSWORD, role=Role.ADMIN)


@pytest.fixture
def sparkle() -> Sparkle:
    return in_memory(seed=3)


def standing(sparkle: Sparkle) -> tuple[Role, Status]:
    person = sparkle.run(PersonNamed(username="ada"), actor=SYSTEM)
    return person.role, person.status


@pytest.mark.parametrize("store", STORES)
def test_a_person_is_made_as_they_were_asked_for_and_can_sign_in_at_once(store: str) -> None:
    with community(store) as sparkle:
        made = sparkle.run(ADA, actor=GRACE)
        assert standing(sparkle) == (Role.ADMIN, Status.ACTIVE)
        assert sparkle.run(LogIn(email="ada@example.org", password=PASSWORD)).actor is not None
        entries = sparkle.run(AuditLog(command="MakePerson"), actor=SYSTEM).items
        assert {(entry.actor, entry.subject) for entry in entries} == {("operator:grace", made.id)}
        assert {entry.after for entry in entries} == {None, '{"status": "ACTIVE"}', '{"role": "ADMIN"}'}
        assert PASSWORD not in str(entries)
        with pytest.raises(Taken, match="email"):
            sparkle.run(MakePerson(email="ada@example.org", username="other", password=PASSWORD), actor=GRACE)


def test_wherever_the_store_goes_away_nobody_is_half_made(sparkle: Sparkle) -> None:
    """Stops an interruption from leaving somebody without the role they were to have, whose name is taken then."""
    fuse = fused(sparkle)
    for moment in range(200):
        fuse.left = moment
        try:
            sparkle.run(ADA, actor=GRACE)
        except Unavailable:
            fuse.left = None
            with pytest.raises(NotFound):
                standing(sparkle)
        else:
            break
    fuse.left = None
    assert moment > 10, "it was tried at every step of the way"
    assert standing(sparkle) == (Role.ADMIN, Status.ACTIVE)
    assert sparkle.run(ProveLedger(), actor=SYSTEM).holds


def test_an_address_can_be_left_to_be_proved(sparkle: Sparkle) -> None:
    sparkle.run(MakePerson(email="ada@example.org", username="ada", password=PASSWORD, verified=False), actor=GRACE)
    assert standing(sparkle) == (Role.USER, Status.PENDING_VERIFICATION)
    sparkle.run(VerifyEmail(email="ada@example.org", code=sparkle.mailbox.latest("ada@example.org").code))
    assert standing(sparkle) == (Role.USER, Status.ACTIVE)


def test_nobody_is_made_the_system(sparkle: Sparkle) -> None:
    """Stops an operator from making somebody whom no rule binds."""
    with pytest.raises(Outranked):
        sparkle.run(
            MakePerson(email="ada@example.org", username="ada", password=PASSWORD, role=Role.SYSTEM), actor=GRACE
        )
    with pytest.raises(NotFound):
        standing(sparkle)


def test_every_fault_is_named_at_once(sparkle: Sparkle) -> None:
    with pytest.raises(Invalid) as refused:
        sparkle.run(MakePerson(email="ada", username="admin", password="short"), actor=GRACE)
    assert {fault.path for fault in refused.value.faults} == {"email", "username", "password"}
