"""Runs benchmarks by name (all without one) and prints a table; `--json` prints what a program reads."""

import argparse
import json
import sys

from benchmarks import core, growth, imports, leaderboards, profile, sessions, signing_in, tips, trips
from benchmarks.figures import Figure

ALL = {
    "core": core.figures,
    "imports": imports.figures,
    "trips": trips.figures,
    "leaderboards": leaderboards.figures,
    "profile": profile.figures,
    "growth": growth.figures,
    "sessions": sessions.figures,
    "signing-in": signing_in.figures,
    "tips": tips.figures,
}


def main() -> int:
    said = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    said.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(ALL)}")
    said.add_argument("--json", action="store_true", help="for programs")
    options = said.parse_args()
    names = options.names or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        said.error(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(ALL)}")
    figures: list[Figure] = []
    for name in names:
        print(f"… {name}", file=sys.stderr)
        figures += ALL[name]()
    if options.json:
        print(json.dumps([f.plain() for f in figures], indent=2))
    else:
        for figure in figures:
            print(figure)
    return 0 if all(f.met for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
