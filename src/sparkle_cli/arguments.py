"""Reading arguments: the table of commands as a cyclopts app, each command imported when it is asked for."""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module

from cyclopts import App, CycloptsError, UnusedCliTokensError

from sparkle_cli.exits import FINE
from sparkle_core import __version__
from sparkle_core.domain.kernel.errors import Invalid


def run(tokens: list[str], about: str, groups: Mapping[str, str], commands: Iterable[tuple[str, str, str]]) -> int:
    """Run a command; answers its exit code. Raises what it raises, and `Invalid` for arguments it does not know."""
    try:
        code = _app(tokens, about, groups, commands)(tokens)
    except UnusedCliTokensError as error:
        more = ", ".join(repr(token) for token in error.unused_tokens or ())
        raise Invalid.at("usage", f"{more} is more than the command takes; --help says what it takes") from error
    except CycloptsError as error:
        raise Invalid.at("usage", " ".join(str(error).split())) from error
    return code if isinstance(code, int) else FINE


def _app(tokens: list[str], about: str, groups: Mapping[str, str], commands: Iterable[tuple[str, str, str]]) -> App:
    """An app that neither prints errors nor exits by itself."""
    root = App(
        "sparkle",
        help=about,
        version=__version__,
        exit_on_error=False,
        print_error=False,
        suppress_keyboard_interrupt=False,
        result_action="return_value",
    )
    parents = {name: App(name, help=what) for name, what in groups.items()}
    for group in parents.values():
        root.command(group)
    for path, place, what in commands:
        if path in parents:  # a command that has others below it
            if tokens[:1] == [path]:
                parents[path].default(_imported(place))
            continue
        within, _, name = path.rpartition(" ")
        parent = parents[within] if within else root
        parent.command(f"sparkle_cli.{place}", name=name, help=what)
    return root


def _imported(place: str) -> Callable[..., object]:
    module, _, name = place.partition(":")
    function: Callable[..., object] = getattr(import_module(f"sparkle_cli.{module}"), name)
    return function
