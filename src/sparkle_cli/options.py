"""Options that several commands have, and what they open."""

import os
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from attrs import evolve
from cyclopts import CoercionError, Parameter, Token

from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_core.application.rules import Rules
from sparkle_core.domain.kernel.actors import Actor
from sparkle_core.domain.kernel.errors import Invalid


def whole(kind: object, tokens: Sequence[Token]) -> int:
    """A whole number, in digits alone: cyclopts would round a fraction."""
    text = tokens[0].value
    if not re.fullmatch(r"-?[0-9]{1,30}", text):
        raise CoercionError(token=tokens[0], target_type=int)
    return int(text)


Whole = Annotated[int, Parameter(converter=whole)]
IdempotencyKey = Annotated[
    str | None, Parameter(help="Your name for this one use of the command: under it, a repeat changes nothing.")
]
Json = Annotated[bool, Parameter("--json", negative="", help="Print JSON, for programs.")]
DatabaseUrl = Annotated[
    str | None,
    Parameter(
        "--database-url",
        env_var="SPARKLE_DATABASE_URL",
        help="sqlite:///file.db or postgresql://user:password@host/name; ./var/sparkle.db without one.",
    ),
]
RulesFile = Annotated[
    Path | None,
    Parameter("--rules", env_var="SPARKLE_RULES", help="A TOML file that says which rules differ from the defaults."),
]


def settings_of(database_url: str | None) -> Settings:
    """The environment's settings, on another database when one is named; files made from here on are private."""
    os.umask(0o077)
    settings = Settings.from_environment()
    return evolve(settings, database_url=database_url) if database_url else settings


def opened(database_url: str | None, rules: Path | None = None) -> Sparkle:
    """The community that the options name, under the rules of SPARKLE_RULES unless others are named.

    Raises `Invalid`, also for rules that are not to be used.
    """
    file = rules or named_rules()
    return connect(settings=settings_of(database_url), rules=Rules.load(file) if file else None)


def named_rules() -> Path | None:
    """The file of rules that SPARKLE_RULES names, for commands that have no option for it."""
    return Path(os.environ["SPARKLE_RULES"]) if os.environ.get("SPARKLE_RULES") else None


def operator() -> Actor:
    """The system, by the hand of whoever runs this: the audit log names them by their account on this machine."""
    return Actor(system=True, operator=account(os.getuid(), os.environ))


def account(uid: int, environ: Mapping[str, str]) -> str:
    """Whose account runs this, in at most 50 characters: never by LOGNAME or USER, which anybody sets as they like.

    Of root also who it says it was before `sudo`, which root could make up: `root (ada)`.
    """
    name, before = _name(uid), environ.get("SUDO_UID", "")
    by = f"{name} ({_name(int(before))})" if uid == 0 and before.isdecimal() else name
    return by[:50]


def _name(uid: int) -> str:
    from pwd import getpwuid

    try:
        name = "".join(filter(str.isprintable, getpwuid(uid).pw_name))
    except (KeyError, OverflowError):
        name = ""
    return name or f"uid-{uid}"


def noted(head: str | None) -> tuple[int | None, str | None]:
    """A chain's head that somebody noted, number and mac. Raises `Invalid`."""
    if head is None:
        return None, None
    number, _, mac = head.partition(":")
    if not number.isdecimal() or not mac:
        raise Invalid.at("head", "a number, a colon and the mac, as an earlier verification printed them")
    return int(number), mac


def utc(at: datetime | None) -> datetime | None:
    """An instant that says no zone is in UTC."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
