"""The `UserAgents` port by ua-parser, with the expressions that come with it and RE2."""

from functools import cached_property, lru_cache
from typing import Any

from sparkle_core.domain.accounts.programs import Program, device_kind

LONGEST = 500
REMEMBERED = 2_000

_SYSTEMS = {"Mac OS X": "macOS"}


class UaParser:
    """The `UserAgents` port. Its thousand expressions are read at the first question, in a tenth of a second."""

    def __init__(self) -> None:
        self.program = lru_cache(maxsize=REMEMBERED)(self._program)

    @cached_property
    def _parser(self) -> Any:
        from ua_parser import Parser, load_builtins
        from ua_parser.re2 import Resolver

        return Parser(Resolver(load_builtins()))

    def _program(self, user_agent: str) -> Program:
        text = user_agent.encode("utf-8", "replace").decode()[:LONGEST]
        found = self._parser.parse(text)
        system = _SYSTEMS.get(found.os.family, found.os.family) if found.os else None
        bot = found.device is not None and found.device.family == "Spider"
        return Program(
            name=_browser(found.user_agent.family) if found.user_agent else None,
            version=found.user_agent.major if found.user_agent else None,
            system=system,
            device=device_kind(text, system, bot=bot),
        )


def _browser(family: str) -> str:
    """Without what only repeats that it is on a phone."""
    return family.removeprefix("Mobile ").removesuffix(" Mobile")
