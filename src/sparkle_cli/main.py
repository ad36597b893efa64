"""`sparkle`: the table of commands, and what becomes of an error.

Only the table is read here: a command's module, and the libraries it needs, are imported when it
runs, so that `sparkle --help` is quick.
"""

import os
import sys
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from sparkle_cli.exits import exit_of
from sparkle_cli.output import tell_error
from sparkle_core import __version__
from sparkle_core.domain.kernel.errors import Invalid

ABOUT = "Sparkle: the rules of a creator community, served, worked and looked after."

GROUPS = {
    "migrate": "Bring the database's schema up or down, or say where it stands.",
    "ledger": "Check the books.",
    "rules": "Check rules before they are used.",
    "user": "What only an operator can do to a person.",
}

COMMANDS = (
    ("serve", "serving:serve", "Serve the web, with the worker in the same process."),
    ("worker", "serving:worker", "Act on events, in a process of its own."),
    ("migrate up", "migrating:migrate_up", "Bring the database to the newest schema."),
    ("migrate down", "migrating:migrate_down", "Take the database back to an earlier schema."),
    ("migrate status", "migrating:migrate_status", "Say at which schema the database is."),
    ("seed", "seeding:seed", "Fill the database with a lively demo community."),
    ("doctor", "examining:doctor", "Say what is wrong with this deployment, and how to mend it."),
    ("openapi", "printing:openapi", "Print the OpenAPI document."),
    ("ledger prove", "ruling:prove", "Prove that the ledger's sums, chains and floors hold."),
    ("rules check", "ruling:check", "Check a rules file: every fault with file, key and reason."),
    ("xp", "printing:xp", "Print the XP curve as a table."),
    ("user promote", "ruling:promote", "Give a person another role: the way to a first moderator."),
)


def app() -> App:
    """The commands as a cyclopts app that neither prints errors nor exits by itself."""
    root = App(
        "sparkle",
        help=ABOUT,
        version=__version__,
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    groups = {name: App(name, help=about) for name, about in GROUPS.items()}
    for group in groups.values():
        root.command(group)
    for path, place, about in COMMANDS:
        within, _, name = path.rpartition(" ")
        parent = groups[within] if within else root
        parent.command(f"sparkle_cli.{place}", name=name, help=about)
    return root


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; answers the exit code (docs/cli.md, "Exit codes")."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app()(tokens)
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("SPARKLE_DEBUG") == "1":
            raise
        refused = Invalid.at("usage", " ".join(str(error).split())) if isinstance(error, CycloptsError) else error
    else:
        return code if isinstance(code, int) else 0
    tell_error(refused, as_json="--json" in tokens)
    return exit_of(refused)
