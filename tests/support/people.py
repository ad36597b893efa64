"""People for tests: registered, verified, and in any role."""

from datetime import date

from attrs import evolve, frozen

from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import ChangeRole, EraseAccount, MyProfile, Register, VerifyEmail
from sparkle_core.application.erasing import EraseNext
from sparkle_core.domain.accounts import SYSTEM, Actor, Role
from sparkle_core.domain.kernel.fields import UserId

PASSWORD = "Corr3ct-horse-battery"
BORN = date(1990, 2, 28)
"""Of somebody who is old enough."""


@frozen
class Somebody:
    """A person who joined: their id, username, and the actor they are."""

    id: UserId
    username: str
    email: str
    actor: Actor


def newcomer(sparkle: Sparkle, username: str, referral_code: str | None = None) -> Somebody:
    """Somebody who registered and has not verified their email."""
    email = f"{username}@example.org"
    registered = sparkle.run(
        Register(email=email, username=username, password=PASSWORD, agree_to_terms=True, referral_code=referral_code)
    )
    return Somebody(registered.id, registered.username, email, registered.actor)


def member(sparkle: Sparkle, username: str, role: Role = Role.USER, referral_code: str | None = None) -> Somebody:
    """Somebody active, in a role."""
    somebody = newcomer(sparkle, username, referral_code)
    sparkle.run(VerifyEmail(email=somebody.email, code=sparkle.mailbox.latest(somebody.email).code))
    if role is not Role.USER:
        sparkle.run(ChangeRole(user_id=somebody.id, role=role), actor=SYSTEM)
    return somebody


def proved(sparkle: Sparkle, actor: Actor) -> Actor:
    """An actor who has just proved who they are."""
    return evolve(actor, proved_at=sparkle.world.moment().now)


def referral_code_of(sparkle: Sparkle, somebody: Somebody) -> str:
    return sparkle.run(MyProfile(), actor=somebody.actor).referral_code


def being_erased(sparkle: Sparkle, user_id: UserId) -> None:
    """Nothing brings them back from here on, and every row about them is still there."""
    sparkle.run(EraseAccount(user_id=user_id), actor=SYSTEM)
    sparkle.run(EraseNext(user_id=user_id), actor=SYSTEM)
