"""The page on ASVS 5.0 leaves no requirement out, and what it names is there."""

import re

from tests.pages import ROOT

PAGE = (ROOT / "docs" / "asvs.md").read_text(encoding="utf-8")
REQUIREMENTS = {
    "6.1": 3, "6.2": 12, "6.3": 8, "6.4": 6, "6.5": 8, "6.6": 4, "6.7": 2, "6.8": 4,
    "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5, "7.5": 3, "7.6": 2,
    "9.1": 3, "9.2": 4,
    "10.1": 2, "10.2": 3, "10.3": 5, "10.4": 16, "10.5": 5, "10.6": 2, "10.7": 3,
    "11.1": 4, "11.2": 5, "11.3": 5, "11.4": 4, "11.5": 2, "11.6": 2, "11.7": 2,
}  # fmt: skip
"""How many requirements each section of the standard has."""
VERDICTS = {"met", "operator", "frontend", "differs", "not met", "does not apply"}


def rows() -> list[list[str]]:
    lines = (line.strip("|").split("|") for line in PAGE.splitlines() if re.match(r"\| \d", line))
    return [[cell.strip() for cell in line] for line in lines]


def numbers(cell: str) -> set[str]:
    """The requirements of a row: one, some, or all from one to another."""
    named = re.findall(r"\d+\.\d+\.\d+", cell)
    if "–" not in cell:
        return set(named)
    section, _, first = named[0].rpartition(".")
    return {f"{section}.{n}" for n in range(int(first), int(named[1].rpartition(".")[2]) + 1)}


def test_each_requirement_of_its_chapters_has_one_row() -> None:
    found = [number for row in rows() for number in numbers(row[0])]
    asked = [f"{section}.{number}" for section, many in REQUIREMENTS.items() for number in range(1, many + 1)]
    assert sorted(found) == sorted(asked)


def test_each_row_has_a_verdict_and_whatever_is_not_met_a_reason() -> None:
    assert {row[2] for row in rows()} <= VERDICTS
    assert not [row for row in rows() if row[2] in ("differs", "not met") and len(row[3]) < 40]


def test_the_files_that_it_names_are_there() -> None:
    named = re.findall(r"`((?:src|tests|benchmarks)/[^`]*)`", PAGE)
    assert len(named) > 10
    assert not [path for path in named if not (ROOT / path).exists()]


def test_the_sections_that_it_leads_to_are_there() -> None:
    for page, section in re.findall(r"\]\(([a-z/0-9-]+\.md)#([a-z-]+)\)", PAGE):
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        titles = {re.sub(r"[^a-z -]", "", t.lower()).replace(" ", "-") for t in re.findall(r"^#+ (.+)$", text, re.M)}
        assert section in titles, f"{page}#{section}"


LIBRARY = re.compile(r"^\s*(?:from|import) (?:cryptography|argon2|authlib|joserfc|webauthn|pyotp)\b", re.MULTILINE)
WEAK = re.compile(r"\b(?:md5|sha1|sha224|DES|RC4)\(")


def test_cryptography_is_used_where_the_page_on_security_says_and_nowhere_else() -> None:
    """Stops a cipher or a hash from slipping in without a line in the inventory (11.1.3)."""
    sources = {path.relative_to(ROOT / "src").as_posix(): path for path in (ROOT / "src").rglob("*.py")}
    texts = {name: path.read_text(encoding="utf-8") for name, path in sources.items()}
    using = {name.rpartition("/")[0] for name, text in texts.items() if LIBRARY.search(text)}
    assert using == {"sparkle_adapters/crypto", "sparkle_adapters/oauth", "sparkle_adapters/webauthn"}
    assert {n for n, text in texts.items() if WEAK.search(text)} == {"sparkle_adapters/text/breached_passwords.py"}
