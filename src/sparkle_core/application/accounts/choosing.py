"""Choosing a password: what is wrong with one, and how good it is. Source: docs/contexts/accounts.md."""

from typing import Annotated

from attrs import field, frozen

from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.domain.accounts import PEOPLE
from sparkle_core.domain.accounts.passwords import PasswordReport, judge_password, normalised_password
from sparkle_core.domain.accounts.people import Person
from sparkle_core.domain.accounts.rules import PasswordRules, SecurityRules
from sparkle_core.domain.kernel.fields import Record, Secret, Text, secret
from sparkle_core.ports.security import BreachedPasswords
from sparkle_core.ports.store import Transaction


@frozen(kw_only=True)
class Judgement(Record):
    """Whether one may have that password, how good it is from 0 to 100, and everything that is wrong with it."""

    valid: bool
    score: int
    faults: tuple[str, ...]


@frozen(kw_only=True)
class JudgePassword(Command[Judgement]):
    """Ask what is wrong with a password, for a meter beside the field that it is typed in.

    Nothing is kept or logged. `username` and `email` are those that somebody is about to join with, since
    a password must not contain them; whoever is signed in is asked about their own as well.
    """

    password: Secret[str] = field(converter=secret)
    username: Annotated[str, Text(0, 50)] = ""
    email: Annotated[str, Text(0, 255)] = ""


async def judged(
    password: Secret[str], names: tuple[str, ...], *, breached: BreachedPasswords, rules: PasswordRules
) -> tuple[str, PasswordReport]:
    """A password as it would be hashed, and what is wrong with it; one that is too long is looked up nowhere."""
    chosen = normalised_password(password.reveal())
    known = len(chosen) <= rules.max_length and await breached.contains(chosen)
    return chosen, judge_password(chosen, rules, breached=known, own_names=names)


def own_names(person: Person) -> tuple[str, str]:
    """What somebody's password must not contain: the email's local part and the username."""
    return person.email.rpartition("@")[0], person.username


async def judge(
    cmd: JudgePassword, prep: Preparation, *, breached: BreachedPasswords, security: SecurityRules
) -> Judgement:
    user_id = prep.actor.user_id
    names: tuple[str, ...] = (cmd.email.rpartition("@")[0], cmd.username)
    if user_id is not None:

        async def asker(tx: Transaction) -> Person | None:
            return await tx.records.get(PEOPLE, user_id)

        person = await prep.store.read(asker, one_statement=True)
        names += own_names(person) if person is not None else ()
    _, report = await judged(cmd.password, names, breached=breached, rules=security.password)
    return Judgement(valid=report.valid, score=report.score, faults=report.faults)


async def judge_it(cmd: JudgePassword, work: Work, judgement: Judgement) -> Judgement:
    """Nothing is left to do in the transaction."""
    return judgement
