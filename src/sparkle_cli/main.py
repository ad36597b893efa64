"""`sparkle`: the table of commands, and what becomes of an error.

Only the table is read here: what reads arguments, a command's module and the libraries it needs
are imported when it runs, so that `sparkle --help` is quick.
"""

import os
import sys
from collections.abc import Sequence

from sparkle_cli.exits import FINE, INTERRUPTED, UNHEARD, exit_of
from sparkle_cli.output import tell, tell_columns, tell_error

ABOUT = "Sparkle: the rules of a creator community, served, worked and looked after."

GROUPS = {
    "migrate": "Bring the database's schema up or down, or say where it stands.",
    "ledger": "Check the books, and give transfers back.",
    "wallet": "What somebody has, and whether it goes out.",
    "store": "What the store sells, and what somebody has of it.",
    "trading": "What people offer one another.",
    "audit": "Print the audit log, or hold it against its chain.",
    "rules": "Check rules before they are used.",
    "xp": "Print the XP curve, or look after somebody's XP.",
    "trust": "How far people are trusted.",
    "achievements": "Look after what people achieve.",
    "quests": "What there is to do, and how far somebody is.",
    "leaderboard": "Who has the most of something.",
    "keys": "Look after the keys of secrets at rest, and the peppers of passwords.",
    "user": "What only an operator can do to a person.",
    "sessions": "Where people are signed in.",
    "mail": "What the community writes to people.",
}

COMMANDS = (
    ("serve", "serving:serve", "Serve the web, with the worker in the same process."),
    ("worker", "serving:worker", "Act on events, in a process of its own."),
    ("migrate up", "migrating:migrate_up", "Bring the database to the newest schema."),
    ("migrate down", "migrating:migrate_down", "Take the database back to an earlier schema."),
    ("migrate status", "migrating:migrate_status", "Say at which schema the database is."),
    ("seed", "seeding:seed", "Fill the database with a lively demo community."),
    ("simulate", "simulating:run", "Let agents live under the rules for some days, and report on the economy."),
    ("doctor", "examining:doctor", "Say what is wrong with this deployment, and how to mend it."),
    ("openapi", "printing:openapi", "Print the OpenAPI document."),
    ("ledger prove", "ruling:prove", "Prove that the ledger's sums, chains and floors hold."),
    ("ledger statement", "statements:statement", "Print somebody's statement, also as CSV."),
    ("ledger verify", "ruling:verify", "Find every row of the ledger that was changed behind its back."),
    ("ledger reverse", "banking:reverse", "Give a transfer back."),
    ("wallet show", "banking:show", "Say what somebody has, free and on hold."),
    ("wallet freeze", "banking:freeze", "Let nothing go out of somebody's wallet."),
    ("wallet unfreeze", "banking:unfreeze", "Let somebody's wallet pay again."),
    ("store list", "selling:listed", "List the items of the store."),
    ("store show", "selling:show", "Say what an item is, and on which terms it is sold."),
    ("store add", "selling:add", "Put an item into the store."),
    ("store change", "selling:change", "Give an item other terms, another stock, or both."),
    ("store retire", "selling:retire", "Take an item out of the store; who has it keeps it."),
    ("store restore", "selling:restore", "Put an item that was taken out back."),
    ("store inventory", "owning:inventory", "List what somebody has."),
    ("store boosts", "owning:boosts", "List somebody's boosts that are at work."),
    ("store purchases", "owning:purchases", "List what somebody bought."),
    ("trading offers", "trading:offers", "List the offers made to somebody, or by them."),
    ("trading listings", "trading:listings", "List what people sell at a fixed price."),
    ("trading auctions", "trading:auctions", "List the auctions that are open."),
    ("trading auction", "trading:auction", "Say how an auction stands, or how it ended."),
    ("retention", "retaining:retention", "Remove what has had its time, or say how much that would be."),
    ("audit", "auditing:audit", "Print who did what on whom, newest first, or as it happens."),
    ("audit verify", "auditing:verify", "Find every row of the audit log that was changed behind its back."),
    ("rules check", "ruling:check", "Check a rules file: every fault with file, key and reason."),
    ("xp", "printing:xp", "Print the XP curve as a table."),
    ("xp show", "earning:show", "Say how far somebody is: XP, level, reputation."),
    ("xp award", "earning:award", "Give somebody XP, once per source and subject."),
    ("xp reverse", "earning:reverse", "Take an award of XP back."),
    ("xp history", "earning:history", "List awards and reversals of somebody's XP, newest first."),
    ("streak", "earning:streak", "Say on how many days in a row somebody has been here."),
    ("trust show", "trusting:show", "Say how far somebody is trusted, and by what conduct."),
    ("trust lock", "trusting:lock", "Set somebody's trust level, whatever their conduct."),
    ("trust unlock", "trusting:unlock", "Let somebody's trust follow their conduct again."),
    ("achievements list", "achieving:listed", "List the achievements of the rules."),
    ("achievements show", "achieving:show", "List what somebody has achieved, and how far they are."),
    ("achievements backfill", "achieving:backfill", "Unlock what people qualify for already; goes on where it was."),
    ("quests list", "questing:listed", "List the quests of the rules."),
    ("quests show", "questing:show", "Say how far somebody is with their quests."),
    ("leaderboard show", "ranking:show", "List who has the most of something."),
    ("leaderboard rank", "ranking:rank", "Say where somebody stands, and who is near."),
    ("league", "ranking:league", "List the cohort that somebody competes in."),
    ("user create", "people:create", "Make a person, who can sign in at once."),
    ("user suspend", "people:suspend", "Suspend a person for some days."),
    ("user promote", "people:promote", "Give a person another role: the way to a first moderator."),
    ("export", "leaving:export", "Write everything that is held about a person into a file."),
    ("erase", "leaving:erase", "Say what erasing a person would do, or erase them at once."),
    ("sessions list", "people:sessions", "List where somebody is signed in."),
    ("sessions revoke", "people:revoke", "End a session of somebody's, or all of them."),
    ("mail preview", "mailing:preview", "Write every kind of letter with made-up facts, to look at."),
    ("keys list", "keys:list_keys", "Say which keys there are, and which rows are under them."),
    ("keys add", "keys:add", "Add a new key."),
    ("keys promote", "keys:promote", "Use a key for what is new."),
    ("keys rotate", "keys:rotate", "Re-encrypt every secret that is under an older key; goes on where it was."),
    ("keys retire", "keys:retire", "Forget a key for good, once no row is under it."),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; answers the exit code (docs/cli.md, "Exit codes")."""
    tokens = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _overview() if not tokens or tokens in (["--help"], ["-h"]) else _command(tokens)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read has read enough; Python would complain once more when it flushes
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNHEARD
    except Exception as error:
        if os.environ.get("SPARKLE_DEBUG") == "1":
            raise
        tell_error(error, as_json="--json" in tokens)
        return exit_of(error)


def _command(tokens: list[str]) -> int:
    from sparkle_cli.arguments import run

    return run(tokens, ABOUT, GROUPS, COMMANDS)


def _overview() -> int:
    """Every command on one page, without the libraries that the commands need."""
    tell(f"{ABOUT}\n\nUsage: sparkle COMMAND [OPTIONS]\n")
    tell_columns([(f"  {path}", about) for path, _, about in COMMANDS])
    tell("\nsparkle COMMAND --help says more. Exit codes and JSON output: docs/cli.md.")
    return FINE
