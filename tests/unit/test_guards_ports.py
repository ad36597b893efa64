"""What is easily forgotten when a port is added: a suite that others can hold adapters to, and telling them of it."""

import ast
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Protocol

from tests.pages import ROOT

import sparkle_core.ports
from sparkle_core.testing import contracts

SUITES = {name: getattr(contracts, name) for name in contracts.__all__ if name.endswith("Contract")}

HELD_WITH_ANOTHER: Mapping[str, str] = {
    "Moment": "is what a World answers, and held by WorldContract",
    "PatternSet": "is what Patterns answer, and held by PatternsContract",
    "Records": "are a part of a Store's transactions, and held by StoreContract",
    "Transaction": "is what a Store gives to a body, and held by StoreContract",
}
"""Protocols that nobody makes alone, and why none of them has a suite of its own."""


def modules() -> list[ModuleType]:
    """Every module of ports."""
    package = sparkle_core.ports
    return [importlib.import_module(m.name) for m in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]


def ports(among: Iterable[ModuleType]) -> set[str]:
    """The Protocols of some modules, where they are written."""
    return {
        c.__name__
        for module in among
        for c in vars(module).values()
        if isinstance(c, type) and getattr(c, "_is_protocol", False) and c.__module__ == module.__name__
    }


def without_suite(ports: Iterable[str], suites: Mapping[str, type], excused: Iterable[str]) -> list[str]:
    """Ports that nobody can hold an adapter to: there is no suite of their name, or no test in it."""
    tested = {name for name, suite in suites.items() if any(member.startswith("test_") for member in dir(suite))}
    return sorted(port for port in ports if f"{port}Contract" not in tested and port not in excused)


def needless(excused: Iterable[str], ports: Iterable[str], suites: Iterable[str]) -> list[str]:
    """Excuses for what is no port, or has a suite."""
    return sorted(name for name in excused if name not in ports or f"{name}Contract" in suites)


def test_every_port_has_a_suite_that_can_be_imported() -> None:
    """Stops a port from being promised in a docstring that nothing holds an adapter to."""
    assert without_suite(ports(modules()), SUITES, HELD_WITH_ANOTHER) == []


def test_every_port_without_one_is_a_port_and_has_none() -> None:
    assert needless(HELD_WITH_ANOTHER, ports(modules()), SUITES) == []


def test_a_port_without_a_suite_or_with_an_empty_one_is_found() -> None:
    class Weather(Protocol):
        """What nobody has written tests for."""

    class Empty:
        """A suite without a test."""

    Weather.__module__ = "sparkle_core.ports.made_up"
    module = ModuleType("sparkle_core.ports.made_up")
    module.Weather = Weather  # type: ignore[attr-defined]
    everything = ports([*modules(), module])
    assert without_suite(everything, SUITES, HELD_WITH_ANOTHER) == ["Weather"]
    assert without_suite(everything, {**SUITES, "WeatherContract": Empty}, HELD_WITH_ANOTHER) == ["Weather"]
    assert without_suite(everything, SUITES, {**HELD_WITH_ANOTHER, "Weather": "is outside"}) == []


def test_an_excuse_of_nothing_is_found() -> None:
    assert needless({"Weather": "", "Store": ""}, ports(modules()), SUITES) == ["Store", "Weather"]


def derived_from(sources: Iterable[str]) -> set[str]:
    """The names of what classes in some modules' source derive from."""
    classes = [n for source in sources for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ClassDef)]
    return {base.id for c in classes for base in c.bases if isinstance(base, ast.Name)}


def sources() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in Path(ROOT, "tests", "contract").glob("test_*.py")]


def test_every_suite_is_held_against_an_adapter_of_ours() -> None:
    """Stops a suite from being published that nothing has ever passed."""
    assert SUITES.keys() - derived_from(sources()) == set()


def test_a_suite_that_nothing_derives_from_is_found() -> None:
    assert derived_from(["class TestIt(CacheContract): ...", "class Made: ..."]) == {"CacheContract"}


def test_the_page_about_testing_names_every_suite() -> None:
    """Stops a suite from being there for people who are not told of it."""
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    assert [suite for suite in SUITES if f"`{suite}`" not in page] == []
