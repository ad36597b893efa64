"""Going back to an earlier schema, where that would lose something."""

from pathlib import Path

from sparkle_cli.exits import EXIT
from sparkle_core.application.accounts import Register
from sparkle_core.application.progression import AwardXp
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.errors import Category
from sparkle_core.domain.kernel.fields import Secret
from tests.support.commands import CommandLine


def test_a_schema_without_a_place_for_what_waits_to_be_sealed_is_not_gone_back_to(tmp_path: Path) -> None:
    """Stops the platform's side of transfers from being lost with the queue that holds it."""
    sparkle = CommandLine(tmp_path)
    with sparkle.opened() as community:
        join = Register(
            email="ada@example.org", username="ada", password=Secret("Corr3ct-horse-battery"), agree_to_terms=True
        )
        ada = community.run(join)
        community.run(AwardXp(user_id=ada.id, amount=300, source="gift", subject="launch"), actor=SYSTEM)
    said = sparkle("migrate", "down", "base", "--yes")
    assert said.code == EXIT[Category.CONFLICT]
    assert "wait to be sealed: run `sparkle worker`" in said.err
    with sparkle.opened() as community:
        community.run_coroutine(community.seal())
    assert sparkle("migrate", "down", "base", "--yes").code == 0
