"""Running tests against one changed module, in a forked process.

A change in a function's body is put into a process that has imported everything and collected the tests: the function
gets other code, and nothing is imported again. What runs when a module is imported is changed on its way in, in a
process that has imported what is slow and not ours.
"""

import ast
import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import json
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import NoReturn

import coverage
import pytest
from attrs import field, frozen, mutable
from scripts.mutants.mutating import Mutant, Place, mutants_of

SURVIVED, KILLED, TOO_LONG = 0, 1, 2
DEFECT = 99  # how a child ends that has failed itself
WARM = ("hypothesis", "cattrs", "orjson", "sqlalchemy", "starlette", "argon2", "zxcvbn", "re2", "nh3", "uuid_utils")
PLAIN = (
    *("-q", "--capture=no", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # Hypothesis is imported before pytest can rewrite it
)
FACTOR, MORE_S = 3, 10
"""How much more time on the processor than unchanged code a mutant may take before it counts as never ending."""

STILL_S = 60
"""How long one test may take on the clock, which says little on a busy machine: something may wait for ever."""


def warm(storage: str) -> None:
    """Import what is slow and not ours, once. Hypothesis keeps what it finds in a folder of its own."""
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = storage
    for name in WARM:
        importlib.import_module(name)


@mutable(eq=False)  # plugins are hashed
class Watched:
    """A plugin for pytest: how long each test took, and which there were."""

    took: dict[str, float] = field(factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.took[report.nodeid] = self.took.get(report.nodeid, 0.0) + report.duration


@frozen
class Covering:
    """Which tests run which lines of the files, and how long each takes.

    That says nothing of what an import runs: bounds and defaults have their effect in code that is made from them, and
    stands elsewhere. There every test may be the one that notices.
    """

    took: dict[str, float]
    by_line: dict[str, dict[int, frozenset[str]]]

    def _at(self, path: str, mutant: Mutant) -> frozenset[str]:
        lines = self.by_line.get(path, {})
        spanned = range(mutant.line, mutant.last_line + 1)
        return frozenset[str]().union(*(lines.get(n, frozenset()) for n in spanned))

    def of(self, path: str, mutant: Mutant) -> list[str]:
        """The tests that run a mutant's lines, quick ones first."""
        return sorted(self._at(path, mutant) - {""}, key=lambda test: (self.took.get(test, 0.0), test))

    def on_import(self, path: str, mutant: Mutant) -> bool:
        """Whether what is changed has its effect when modules are imported."""
        return mutant.function is None or "" in self._at(path, mutant)

    def seconds(self, tests: Iterable[str]) -> float:
        return sum(self.took.get(test, 0.0) for test in tests)


def covering(files: Sequence[str], arguments: Sequence[str], *, package: str = "sparkle_core") -> Covering:
    """Run the tests once as they are. Raises SystemExit when they do not pass."""
    with tempfile.TemporaryDirectory() as folder:
        told, data = Path(folder, "told"), Path(folder, "coverage")
        if _forked(lambda: _measured(told, data, arguments, package), aloud=True) != SURVIVED:
            raise SystemExit("the tests do not pass as they are; there is nothing to learn from mutants")
        took: dict[str, float] = json.loads(told.read_text())
        if _forked(lambda: int(pytest.main([*PLAIN, "--collect-only", "-qq", *took]))) != SURVIVED:
            raise SystemExit("the tests are not found when they are asked for by name")
        found = coverage.CoverageData(str(data))
        found.read()
        by_line = {path: _tests_by_line(found, path) for path in files}
        return Covering(took, by_line)


def _tests_by_line(found: coverage.CoverageData, path: str) -> dict[int, frozenset[str]]:
    """By line, pytest-cov's contexts without what they say after the test; nothing for what an import runs."""
    contexts = found.contexts_by_lineno(os.path.abspath(path))
    return {line: frozenset(said.rpartition("|")[0] for said in all_said) for line, all_said in contexts.items()}


def _measured(told: Path, data: Path, arguments: Sequence[str], package: str) -> int:
    os.environ["COVERAGE_FILE"] = str(data)
    watched = Watched()
    measuring = [f"--cov={package}", "--cov-context=test", "--cov-report="]
    code = pytest.main([*PLAIN, *measuring, *arguments], plugins=[watched])
    told.write_text(json.dumps(watched.took))
    return int(code)


def imported_anew(path: str, source: str, mutant: Mutant, arguments: Sequence[str], took_s: float) -> int:
    """Whether tests notice a mutant: SURVIVED, KILLED, or TOO_LONG, which is noticing as well."""

    def child() -> int:
        _end_after(took_s)
        tree = ast.parse(source)
        again = next(m for m in mutants_of(tree) if m.name == mutant.name)
        sys.meta_path.insert(0, OneChanged(_module_of(path), again.compiled(tree, os.path.abspath(path))))
        return int(pytest.main([*PLAIN, "-x", *arguments], plugins=[StopAtOnce()]))

    return _verdict(_forked(child))


def _module_of(path: str) -> str:
    return path.removeprefix("src/").removesuffix(".py").replace("/", ".").removesuffix(".__init__")


class OneChanged(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module as it was changed."""

    def __init__(self, name: str, code: CodeType) -> None:
        self._name, self._code = name, code

    def find_spec(self, fullname: str, path: object, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self._code.co_filename)

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = self._code.co_filename
        exec(self._code, module.__dict__)


class Swapping:
    """A plugin for pytest that runs, in place of the tests, what is given: with the tests at hand, by name."""

    def __init__(self, work: Callable[["Swapping"], None]) -> None:
        self._work = work
        self._items: dict[str, pytest.Item] = {}
        self._functions: dict[tuple[str, Place], list[FunctionType]] = {}

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self._items = {item.nodeid: item for item in session.items}
        for one in gc.get_objects():
            if isinstance(one, FunctionType):
                code = one.__code__
                place = Place(code.co_name, code.co_firstlineno)
                self._functions.setdefault((code.co_filename, place), []).append(one)
        self._work(self)
        return True

    def swapped(self, path: str, source: str, mutant: Mutant, tests: Sequence[str], took_s: float) -> int:
        """As `imported_anew`, for a mutant in a function's body."""
        items = [self._items[test] for test in tests]
        return _verdict(_forked(lambda: self._child(path, source, mutant, items, took_s)))

    def _child(self, path: str, source: str, mutant: Mutant, items: Sequence[pytest.Item], took_s: float) -> int:
        _end_after(took_s)
        tree = ast.parse(source)
        again = next(m for m in mutants_of(tree) if m.name == mutant.name)
        assert again.function is not None
        module = again.compiled(tree, os.path.abspath(path))
        places = {Place(code.co_name, code.co_firstlineno): code for code in _functions_in(module)}
        for function in self._functions[module.co_filename, again.function]:
            function.__code__ = places[again.function]
        for one in gc.get_objects():
            if isinstance(one, functools._lru_cache_wrapper):
                one.cache_clear()  # what the unchanged code has answered
        items[0].config.pluginmanager.register(StopAtOnce())
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return SURVIVED


class StopAtOnce:
    """A plugin for pytest: the first failure ends the process, and so does a test that waits for ever."""

    def pytest_runtest_logstart(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, STILL_S)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            os._exit(KILLED)


def with_tests(arguments: Sequence[str], work: Callable[[Swapping], None]) -> None:
    """Import everything, collect the tests, and do the work with them at hand."""
    pytest.main([*PLAIN, "--no-summary", *arguments], plugins=[Swapping(work)])


def _functions_in(code: CodeType) -> Iterator[CodeType]:
    """The outermost functions in a module's code, also those of its classes."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _functions_in(constant)


def _end_after(took_s: float) -> None:
    """What this sends ends a process that says nothing else."""
    signal.setitimer(signal.ITIMER_PROF, FACTOR * took_s + MORE_S)


def _verdict(status: int) -> int:
    if status == DEFECT:
        raise RuntimeError("a mutant could not be tried; this is a fault of scripts/mutants")
    if status in (-signal.SIGPROF, -signal.SIGALRM):
        return TOO_LONG
    return SURVIVED if status == SURVIVED else KILLED


def _forked(work: Callable[[], int], *, aloud: bool = False) -> int:
    """What work answers in a process of its own, which says nothing unless `aloud`; minus a signal that ended it."""
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        _child(work, aloud)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def _child(work: Callable[[], int], aloud: bool) -> NoReturn:
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in () if aloud else (0, 1, 2):
        os.dup2(quiet, stream)
    code = DEFECT
    try:
        code = work()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
