"""The ledger's proof, and rules before they are used."""

from pathlib import Path
from typing import Annotated

from attrs import asdict
from cyclopts import Parameter

from sparkle_bootstrap.operating import checked_rules
from sparkle_cli.exits import FINE, UNSOUND
from sparkle_cli.options import DatabaseUrl, Json, noted, opened
from sparkle_cli.output import tell, tell_json
from sparkle_core.application.economy import ProveLedger, VerifyLedger
from sparkle_core.domain.kernel.actors import SYSTEM


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


def verify(
    *,
    head: Annotated[str | None, Parameter(help="What an earlier verification said: NUMBER:MAC.")] = None,
    database_url: DatabaseUrl = None,
    json: Json = False,
) -> int:
    """Find every row of the ledger that was changed, deleted, inserted or moved behind its back; exits with 1 and names
    each when there are some. Needs the key that the ledger was sealed with.
    """
    number, mac = noted(head)
    with opened(database_url) as sparkle:
        found = sparkle.run(VerifyLedger(head=number, mac=mac), actor=SYSTEM)
    if json:
        tell_json(asdict(found) | {"holds": found.holds})
        return FINE if found.holds else UNSOUND
    for row in found.faults:
        tell(f"{row.table} {row.id}: {row.what}")
    for fault in found.proof.faults:
        tell(f"fault: {fault}")
    counted = f"{found.links:,} transfers under {found.seals:,} seals, {found.waiting:,} wait to be sealed"
    tell(f"The ledger {'is as it was written' if found.holds else 'was changed'}: {counted}.")
    if found.head:
        tell(f"Head, to be noted elsewhere: {found.head}:{found.mac}")
    return FINE if found.holds else UNSOUND


def check(file: Annotated[Path, Parameter(help="A TOML file of rules.")], *, json: Json = False) -> None:
    """Check a rules file: every fault with file, key and reason. What it leaves out keeps its default."""
    rules = checked_rules(file)
    screening = len(rules.moderation.rules)
    if json:
        tell_json({"file": file, "valid": True, "moderation_rules": screening})
    else:
        tell(f"{file} is fine: {screening} moderation rules.")
