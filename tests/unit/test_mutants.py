"""Mutation testing itself: which changes are made; a test that looks notices them, one that does not does not."""

import ast
import subprocess
import sys
from pathlib import Path

from scripts.mutants.mutating import mutants_of
from tests.pages import ROOT

SOURCE = '''
"""A module."""
import sys
from typing import Annotated

Amount = Annotated[int, Whole(1, 5)]

@frozen(kw_only=True)
class Wallet:
    """A wallet."""
    amount: int = 1
    limit: Annotated[int, Whole(2)] = field(default=3, eq=False)

    def pay(self, price: int) -> int | None:
        """Pay."""
        if not self.limit or price > self.amount:
            raise Refused(price)
        log(price)
        self.amount -= price
        return self.amount if price else None
'''

MADE = {
    "module: Whole(1, 5) → Whole(2, 5)",
    "module: Whole(1, 5) → Whole(1, 6)",
    "Wallet: amount: int = 1 → amount: int = 2",
    "Wallet: Whole(2) → Whole(3)",
    "Wallet: default=3 → default=4",
    "Wallet.pay: not self.limit or price > self.amount → not self.limit and price > self.amount",
    "Wallet.pay: not self.limit → self.limit",
    "Wallet.pay: price > self.amount → price >= self.amount",
    "Wallet.pay: raise Refused(price) → pass",
    "Wallet.pay: log(price) → pass",
    "Wallet.pay: self.amount -= price → self.amount += price",
    "Wallet.pay: return self.amount if price else None → return None",
    "Wallet.pay: price → not price",
}


def test_each_place_is_changed_in_each_way_that_there_is_and_words_and_imports_in_none() -> None:
    assert {mutant.name for mutant in mutants_of(ast.parse(SOURCE))} == MADE


def test_a_mutant_is_the_module_with_one_change() -> None:
    before = ast.unparse(ast.parse(SOURCE)).splitlines()
    for number in range(len(MADE)):
        tree = ast.parse(SOURCE)
        mutants_of(tree)[number].compiled(tree, "wallet.py")
        after = ast.unparse(tree).splitlines()
        assert len(after) == len(before)
        assert sum(a != b for a, b in zip(after, before, strict=True)) == 1


def test_equal_changes_in_one_place_have_names_of_their_own() -> None:
    names = [mutant.name for mutant in mutants_of(ast.parse("f(a == b, a == b)\nf(a == b)"))]
    assert [n for n in names if "!=" in n] == [
        "module: a == b → a != b",
        "module: a == b → a != b (2)",
        "module: a == b → a != b (3)",
    ]


MUTATED = """
LEAST = 0

def larger(a, b):
    return max(a if a > b else b, LEAST)
"""

THEIRS = """
from mutated import larger

def test_it_looks():
    assert larger(-2, 0) == 0
    assert larger(-2, -1) == 0

def test_it_does_not_look():
    larger(1, 2)
"""

CHECK = """
import ast, sys
from scripts.mutants.mutating import mutants_of
from scripts.mutants.running import covering, imported_anew, with_tests

sys.path[:0] = ["src", "."]
source = open("src/mutated.py").read()
found = covering(["src/mutated.py"], ["test_theirs.py"], package="mutated")
mutants = mutants_of(ast.parse(source))

def said(verdict):
    for mutant in mutants:
        for test in sorted(found.took):
            if found.on_import("src/mutated.py", mutant) == (verdict is imported_anew):
                print(verdict("src/mutated.py", source, mutant, [test], 0.1), test.split("::")[1], mutant.name, sep="|")

said(imported_anew)
with_tests(["test_theirs.py"], lambda swapping: said(swapping.swapped))
"""


def test_a_mutant_is_killed_by_a_test_that_looks_and_survives_one_that_does_not(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "mutated.py").write_text(MUTATED)
    (tmp_path / "test_theirs.py").write_text(THEIRS)
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{CHECK}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in ran.stdout.splitlines() if line.count("|") == 2]
    assert ran.returncode == 0, ran.stderr
    looks, does_not = "test_it_looks", "test_it_does_not_look"
    assert set(said) == {
        f"1|{looks}|module: LEAST = 0 → LEAST = 1",
        f"0|{does_not}|module: LEAST = 0 → LEAST = 1",
        f"1|{looks}|larger: return max(a if a > b else b, LEAST) → return None",
        f"0|{does_not}|larger: return max(a if a > b else b, LEAST) → return None",
        f"1|{looks}|larger: max(a if a > b else b, LEAST) → min(a if a > b else b, LEAST)",
        f"0|{does_not}|larger: max(a if a > b else b, LEAST) → min(a if a > b else b, LEAST)",
        f"0|{looks}|larger: a > b → a >= b",  # of two equal ones either is the larger
        f"0|{does_not}|larger: a > b → a >= b",
    }
