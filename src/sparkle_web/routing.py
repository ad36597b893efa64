"""Routing by segments: all paths of the table in one step, rather than one pattern after another."""

from collections.abc import Mapping

from attrs import Factory, mutable
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Receive, Scope, Send

from sparkle_web.table import PREFIX


@mutable(eq=False)
class Segment:
    """What follows some segments: words, a parameter, or the end of a path."""

    words: dict[str, "Segment"] = Factory(dict)
    parameter: "Segment | None" = None
    names: tuple[str, ...] = ()
    app: ASGIApp | None = None

    def add(self, path: str, app: ASGIApp) -> None:
        """Put an app at the end of a path such as `/people/{username}`."""
        here = self
        parts = path.split("/")[1:]
        for part in parts:
            if part.startswith("{"):
                here.parameter = here.parameter or Segment()
                here = here.parameter
            else:
                here = here.words.setdefault(part, Segment())
        here.names, here.app = tuple(p[1:-1] for p in parts if p.startswith("{")), app

    def find(self, parts: list[str], at: int, given: tuple[str, ...]) -> "tuple[Segment, tuple[str, ...]] | None":
        """The end of a path and its parameters; a word goes before a parameter."""
        if at == len(parts):
            return (self, given) if self.app is not None else None
        part = parts[at]
        word = self.words.get(part)
        if word is not None:
            found = word.find(parts, at + 1, given)
            if found is not None:
                return found
        if self.parameter is None or not part:
            return None
        return self.parameter.find(parts, at + 1, (*given, part))


class TableRoute(BaseRoute):
    """Everything under the table's prefix, as one route of Starlette's."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._root = Segment()
        for path, app in apps.items():
            self._root.add(path, app)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope["path"]
        if scope["type"] != "http" or not path.startswith(PREFIX):
            return Match.NONE, {}
        found = self._root.find(path[len(PREFIX) :].split("/")[1:], 0, ())
        if found is None:
            return Match.NONE, {}
        end, given = found
        return Match.FULL, {"endpoint": end.app, "path_params": dict(zip(end.names, given, strict=True))}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["endpoint"](scope, receive, send)
