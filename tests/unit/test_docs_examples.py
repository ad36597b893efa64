"""The documentation holds: its Python runs, docstrings' examples too, and its links lead somewhere."""

import doctest
import re
from contextlib import chdir
from importlib import import_module
from pathlib import Path

import pytest
from tests.pages import PAGES, ROOT, blocks_of, name_of, pieces_of, run_page

SOURCE = ROOT / "src"
DOCS = ROOT / "docs"

WITH_PYTHON = [page for page in PAGES if any(blocks_of(page, "python"))]
WITH_DOCTESTS = [path for path in sorted(SOURCE.rglob("*.py")) if ">>> " in path.read_text(encoding="utf-8")]

_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def links_of(page: Path) -> set[str]:
    """Where a page leads, but for other sites."""
    text = _CODE.sub("", page.read_text(encoding="utf-8"))
    found = {a or b for a, b in _LINK.findall(text)}
    return {link for link in found if "://" not in link and not link.startswith("mailto:")}


def anchors_of(page: Path) -> set[str]:
    """What a page's headings are called in links."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name_of)
def test_the_pages_python_runs(page: Path, tmp_path: Path) -> None:
    with chdir(tmp_path):
        run_page(page)


def test_the_pages_show_every_line_of_their_examples_and_no_other() -> None:
    shown = {path: code for page in PAGES for path, code in pieces_of(page).items()}
    files = {path for path in (DOCS / "examples").rglob("*.py") if path.name != "__init__.py"}
    assert shown.keys() == files
    for path, code in shown.items():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert [line for line in code.splitlines() if line] == [line for line in lines if line], path.name


def test_the_examples_import_what_a_stranger_would() -> None:
    allowed = ("sparkle_core.domain", "sparkle_core.ports", "sparkle_adapters.codec", "sparkle_dbm")
    for path in (DOCS / "examples").rglob("*.py"):
        ours = re.findall(r"^ *(?:from|import) (sparkle_[\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert [name for name in ours if not name.startswith(allowed)] == [], path.name


@pytest.mark.parametrize("path", WITH_DOCTESTS, ids=module_of)
def test_the_docstrings_examples_run(path: Path) -> None:
    found = doctest.testmod(import_module(module_of(path)))
    assert found.attempted
    assert not found.failed


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links_of(page):
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.is_relative_to(ROOT), f"{name_of(page)} leads out of the repository: {link}"
        assert target.exists(), f"{name_of(page)} leads to {link}, which is not there"
        if anchor:
            assert anchor in anchors_of(target), f"{name_of(page)} leads to {link}; there is no such heading"


def test_every_page_is_found_from_the_index() -> None:
    reached, to_read = set[Path](), [DOCS / "index.md"]
    while to_read:
        page = to_read.pop()
        if page not in reached:
            reached.add(page)
            leads = (page.parent / link.partition("#")[0] for link in links_of(page))
            to_read += [place.resolve() for place in leads if place.suffix == ".md"]
    assert {name_of(p) for p in PAGES} - {name_of(p) for p in reached} == set()


def test_console_examples_stand_only_where_a_test_types_them() -> None:
    typed = {"README.md", "docs/cli.md", "docs/http.md"}  # by test_readme.py, test_cli_docs.py and test_http_docs.py
    assert {name_of(page) for page in PAGES if any(blocks_of(page, "console"))} == typed


def test_the_commands_that_the_pages_name_are_in_the_makefile() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for page in PAGES:
        named = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(named) <= targets, f"{name_of(page)} names a target that is not there"
