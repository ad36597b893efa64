"""The ledger's proof, rules before they are used, and roles by an operator's hand."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from sparkle_bootstrap.operating import checked_rules
from sparkle_cli.exits import FINE, UNSOUND
from sparkle_cli.options import DatabaseUrl, Json, opened
from sparkle_cli.output import tell, tell_json
from sparkle_core.application.accounts import ChangeRole, PublicProfile
from sparkle_core.application.economy import ProveLedger
from sparkle_core.domain.kernel.actors import SYSTEM, Role


def prove(*, database_url: DatabaseUrl = None, json: Json = False) -> int:
    """Prove that the ledger's sums, chains and floors hold; exits with 1 and names every fault when they do not."""
    with opened(database_url) as sparkle:
        proof = sparkle.run(ProveLedger(), actor=SYSTEM)
    checked = {"accounts": proof.accounts, "transfers": proof.transfers, "entries": proof.entries}
    if json:
        tell_json({"holds": proof.holds, **checked, "faults": proof.faults})
    else:
        for fault in proof.faults:
            tell(f"fault: {fault}")
        counted = ", ".join(f"{number:,} {what}" for what, number in checked.items())
        tell(f"The ledger {'holds' if proof.holds else 'does not hold'}: {counted}.")
    return FINE if proof.holds else UNSOUND


def check(file: Annotated[Path, Parameter(help="A TOML file of rules.")], *, json: Json = False) -> None:
    """Check a rules file: every fault with file, key and reason. What it leaves out keeps its default."""
    rules = checked_rules(file)
    screening = len(rules.moderation.rules)
    if json:
        tell_json({"file": file, "valid": True, "moderation_rules": screening})
    else:
        tell(f"{file} is fine: {screening} moderation rules.")


def promote(
    username: Annotated[str, Parameter(help="Whom.")],
    role: Annotated[Role, Parameter(help="To what.")],
    *,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> None:
    """Give a person another role: the way to a first moderator or administrator."""
    with opened(database_url) as sparkle:
        person = sparkle.run(PublicProfile(username=username), actor=SYSTEM)
        sparkle.run(ChangeRole(user_id=person.id, role=role), actor=SYSTEM)
    if json:
        tell_json({"id": person.id, "username": person.username, "before": person.role, "after": role})
    else:
        tell(f"{person.username} was {person.role.value} and is {role.value} now.")
