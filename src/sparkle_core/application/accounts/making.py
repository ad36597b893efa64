"""Making a person by an operator's hand: all at once, or not at all. Source: docs/contexts/accounts.md."""

from attrs import field, frozen

from sparkle_core.application.accounts.joining import Newcomer, Register, Registered, check_newcomer, register
from sparkle_core.application.accounts.standing import ChangeRole, ChangeStatus, change_role, change_status, role_of
from sparkle_core.application.kernel.commands import Command
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.application.shared.screening import Screener
from sparkle_core.domain.accounts.people import Email, outrank
from sparkle_core.domain.accounts.rules import AccountsRules, SecurityRules
from sparkle_core.domain.accounts.usernames import Username
from sparkle_core.domain.economy.rules import EconomyRules
from sparkle_core.domain.kernel.actors import Role, Status
from sparkle_core.domain.kernel.fields import Secret, secret
from sparkle_core.domain.progression import ProgressionRules
from sparkle_core.ports.security import BreachedPasswords, Cipher, EmailAddresses, KeyedHash, PasswordHasher

WHY = "Made by an operator."


@frozen(kw_only=True)
class MakePerson(Command[Registered]):
    """Make a person of a role, who can sign in at once, unless their address is left to be proved.

    What `Register` creates and refuses, with the terms agreed to. Raises `Outranked` for a role that the caller does
    not stand above.
    """

    email: Email
    username: Username
    password: Secret[str] = field(converter=secret)
    role: Role = Role.USER
    verified: bool = True


def _joining(cmd: MakePerson) -> Register:
    return Register(email=cmd.email, username=cmd.username, password=cmd.password, agree_to_terms=True)


async def check_made(
    cmd: MakePerson,
    prep: Preparation,
    *,
    hasher: PasswordHasher,
    breached: BreachedPasswords,
    emails: EmailAddresses,
    rules: AccountsRules,
    security: SecurityRules,
) -> Newcomer:
    """As for whoever joins: every fault is named at once, and the password hashed."""
    return await check_newcomer(
        _joining(cmd), prep, hasher=hasher, breached=breached, emails=emails, rules=rules, security=security
    )


async def make_person(
    cmd: MakePerson,
    work: Work,
    newcomer: Newcomer,
    *,
    rules: AccountsRules,
    security: SecurityRules,
    economy: EconomyRules,
    progression: ProgressionRules,
    screener: Screener,
    cipher: Cipher,
    hashes: KeyedHash,
) -> Registered:
    outrank(role_of(work), cmd.role)
    made = await register(
        _joining(cmd),
        work,
        newcomer,
        rules=rules,
        security=security,
        economy=economy,
        progression=progression,
        screener=screener,
        cipher=cipher,
        hashes=hashes,
    )
    if cmd.verified:
        activate = ChangeStatus(user_id=made.id, status=Status.ACTIVE, reason=WHY)
        await change_status(activate, work, rules=rules, progression=progression)
    if cmd.role is not Role.USER:
        await change_role(ChangeRole(user_id=made.id, role=cmd.role), work)
    return made
