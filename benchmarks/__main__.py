"""Runs benchmarks by name (all without one) and prints a table; `--json` prints what a program reads."""

import json
import sys

from benchmarks import core, imports, leaderboards, profile, tips, trips
from benchmarks.figures import Figure

ALL = {
    "core": core.figures,
    "imports": imports.figures,
    "trips": trips.figures,
    "leaderboards": leaderboards.figures,
    "profile": profile.figures,
    "tips": tips.figures,
}


def main() -> int:
    names = [a for a in sys.argv[1:] if not a.startswith("-")] or list(ALL)
    unknown = [n for n in names if n not in ALL]
    if unknown:
        print(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    figures: list[Figure] = []
    for name in names:
        print(f"… {name}", file=sys.stderr)
        figures += ALL[name]()
    if "--json" in sys.argv:
        print(json.dumps([f.plain() for f in figures], indent=2))
    else:
        for figure in figures:
            print(figure)
    return 0 if all(f.met for f in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
