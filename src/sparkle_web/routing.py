"""Routing by segments: all paths of the table in one step, rather than one pattern after another."""

from collections.abc import Mapping

from attrs import Factory, mutable
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


class TableRouting:
    """An ASGI app: everything under the table's prefix goes to the table's apps, everything else to `others`.

    In front of Starlette rather than one of its routes: what its middleware does about errors the
    table's apps do themselves, and passing through it takes as long as binding a request.
    """

    def __init__(self, apps: Mapping[str, ASGIApp], others: ASGIApp) -> None:
        self._others = others
        self._root = Segment()
        for path, app in apps.items():
            self._root.add(path, app)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._others
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            found = self._root.find(scope["path"][len(PREFIX) :].split("/")[1:], 0, ())
            if found is not None:
                end, given = found
                assert end.app is not None
                app, scope["path_params"] = end.app, dict(zip(end.names, given, strict=True))
        await app(scope, receive, send)
