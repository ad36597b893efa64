"""Whom a command is about, by username; and asking as they would where everybody is answered of themselves alone."""

from typing import Annotated, ClassVar

from attrs import define
from cyclopts import Parameter

from sparkle_bootstrap import Sparkle
from sparkle_cli.options import operator
from sparkle_core.application.accounts import NamedPerson, PersonNamed
from sparkle_core.domain.kernel.actors import Actor, Status
from sparkle_core.domain.kernel.errors import Forbidden

Whom = Annotated[str, Parameter(help="Whom, by username.")]


@define(eq=False, slots=False)
class SeesNothing(Forbidden):
    """Only they themselves see this, and their status keeps even them from it."""

    code: ClassVar[str] = "sees_nothing"
    username: str
    account_status: str

    def message(self) -> str:
        return f"{self.username} alone sees this, and sees nothing while {self.account_status}."


def person_named(sparkle: Sparkle, username: str) -> NamedPerson:
    """Somebody, whatever their status. Raises `NotFound`, and `Invalid` for what is no username."""
    return sparkle.run(PersonNamed(username=username), actor=operator())


def seen_by(person: NamedPerson) -> Actor:
    """The person as who asks: for queries that answer about oneself. Never for a command, which would be their deed.

    Raises `SeesNothing` of the banned and of who is gone.
    """
    if person.status in (Status.BANNED, Status.DELETED):
        raise SeesNothing(person.username, person.status.value)
    return Actor(user_id=person.id)
