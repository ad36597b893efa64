"""Options that several commands have, and what they open."""

import os
from pathlib import Path
from typing import Annotated

from attrs import evolve
from cyclopts import Parameter

from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_core.application.rules import Rules

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
    """The community that the options name."""
    return connect(settings=settings_of(database_url), rules=Rules.load(rules) if rules else None)
