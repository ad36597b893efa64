"""`make mutants`: how much of what can be wrong in the rules of points, levels and dispatching is noticed by a test."""

import argparse
import ast
import random
import sys
import tempfile
import time
from pathlib import Path

from attrs import field, mutable
from scripts.mutants.mutating import Mutant, mutants_of
from scripts.mutants.running import SURVIVED, TOO_LONG, Covering, Swapping, covering, imported_anew, warm, with_tests

FILES = (
    *sorted(str(p) for p in Path("src/sparkle_core/domain/economy").glob("*.py")),
    *sorted(str(p) for p in Path("src/sparkle_core/domain/progression").glob("*.py")),
    "src/sparkle_core/application/kernel/dispatcher.py",
)
TESTS = (
    *sorted(str(p) for p in Path("tests/unit").glob("test_economy*.py")),
    *sorted(str(p) for p in Path("tests/unit").glob("test_progression*.py")),
    "tests/unit/test_kernel_batching.py",
    "tests/unit/test_kernel_dispatcher.py",
    "tests/unit/test_kernel_dispatcher_edges.py",
    "tests/unit/test_kernel_errors.py",
    "tests/unit/test_kernel_receipts.py",
    "tests/unit/test_kernel_relay.py",
    "tests/unit/test_kernel_rules.py",
    "tests/unit/test_kernel_standings.py",
    "tests/unit/test_permissions.py",
    "tests/unit/test_posting_parts.py",
    "tests/unit/test_rare_paths.py",
    "tests/unit/test_rotation.py",
    "tests/contract/test_ledger.py",
    "tests/contract/test_ledger_sealed.py",
    "tests/property/test_tampering.py",
)
"""The tests about these files that need no database; which of them run which line is measured."""

LIKELY = {
    "src/sparkle_core/domain/economy/": "tests/unit/test_economy_bounds.py",
    "src/sparkle_core/domain/progression/": "tests/unit/test_progression_bounds.py",
    "src/sparkle_core/application/": "tests/unit/test_kernel_dispatcher_edges.py",
}
"""Which of them look at bounds and defaults, and are tried first where importing a module has its effect."""

ARGUMENTS = (*TESTS, "-k", "not postgres and not sqlite and not interleaved")
EXPLAINED = Path("docs/mutants.md")
FLOOR_PERCENT = 90


@mutable
class Tried:
    """What came of the mutants so far."""

    sources: dict[str, str]
    covering: Covering
    survivors: list[tuple[str, Mutant]] = field(factory=list)
    tried: int = 0
    endless: int = 0
    began: float = field(factory=time.monotonic)

    def on_import(self, path: str, mutant: Mutant) -> None:
        """Try one on its way in: by the files of tests that are likely to notice, then by all."""
        likely = [test for start, test in LIKELY.items() if path.startswith(start)]
        took_s = self.covering.seconds(self.covering.took)
        said = imported_anew(path, self.sources[path], mutant, likely, took_s)
        if said == SURVIVED:
            said = imported_anew(path, self.sources[path], mutant, ARGUMENTS, took_s)
        self._note(path, mutant, said, len(self.covering.took))

    def in_functions(self, swapping: Swapping, chosen: list[tuple[str, Mutant]]) -> None:
        """Try those in the bodies of functions, by the tests that run their lines."""
        for path, mutant in chosen:
            tests = self.covering.of(path, mutant)
            took_s = self.covering.seconds(tests)
            said = swapping.swapped(path, self.sources[path], mutant, tests, took_s) if tests else SURVIVED
            self._note(path, mutant, said, len(tests))

    def _note(self, path: str, mutant: Mutant, said: int, tests: int) -> None:
        self.tried += 1
        self.endless += said == TOO_LONG
        if said == SURVIVED:
            self.survivors.append((path, mutant))
            _say(path, mutant, tests)
        if self.tried % 50 == 0:
            print(f"{self.tried} tried, {time.monotonic() - self.began:.0f} s", file=sys.stderr)

    def told(self) -> int:
        """Say the score; 0 when it is high enough, else 1."""
        explanations = _explanations()
        unexplained = [one for one in self.survivors if f"`{_title(*one)}`" not in explanations]
        killed = self.tried - len(self.survivors)
        percent = 100 * killed / max(1, self.tried)
        print(f"{killed} of {self.tried} killed ({self.endless} of them did not end): {percent:.1f} %")
        print(f"{len(self.survivors)} survived, {len(unexplained)} of them (!) without an explanation in {EXPLAINED}")
        return 0 if percent >= FLOOR_PERCENT else 1


def main() -> int:
    options = _options()
    sources = {path: Path(path).read_text(encoding="utf-8") for path in FILES}
    every = [(path, mutant) for path in FILES for mutant in mutants_of(ast.parse(sources[path]))]
    asked = [(path, mutant) for path, mutant in every if any(text in _title(path, mutant) for text in options.only)]
    if options.sample and options.sample < len(asked):
        asked = random.Random(options.seed).sample(asked, options.sample)
    print(f"{len(every)} mutants of {len(FILES)} files, {len(asked)} to be tried")
    with tempfile.TemporaryDirectory() as storage:
        warm(storage)
        found = covering(FILES, ARGUMENTS)
        tried = Tried(sources, found)
        for path, mutant in asked:
            if found.on_import(path, mutant):
                tried.on_import(path, mutant)
        rest = [one for one in asked if not found.on_import(*one)]
        if rest:
            with_tests(ARGUMENTS, lambda swapping: tried.in_functions(swapping, rest))
    return tried.told()


def _options() -> argparse.Namespace:
    said = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    said.add_argument("--sample", type=int, default=0, metavar="N", help="try so many at most (default: all)")
    said.add_argument("--seed", type=int, default=1, help="what the sample is drawn by (default: 1)")
    said.add_argument(
        "--only", nargs="+", default=[""], metavar="TEXT", help="those with one of these in their file or name"
    )
    return said.parse_args()


def _title(path: str, mutant: Mutant) -> str:
    return f"{Path(path).name} {mutant.name}"


def _explanations() -> str:
    return EXPLAINED.read_text(encoding="utf-8") if EXPLAINED.exists() else ""


def _say(path: str, mutant: Mutant, tests: int) -> None:
    mark = " " if f"`{_title(path, mutant)}`" in _explanations() else "!"
    run = f"{tests} tests run it" if tests else "no test runs it"
    print(f"{mark} {path}:{mutant.line} {mutant.name} ({run})", flush=True)


if __name__ == "__main__":
    sys.exit(main())
