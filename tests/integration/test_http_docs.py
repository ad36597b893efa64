"""The examples in docs/http.md, run in their order."""

import argparse
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.integration.web_community import Community

PAGE = Path(__file__).parents[2] / "docs" / "http.md"
MORE = "…"

CURL = argparse.ArgumentParser()
CURL.add_argument("url")
CURL.add_argument("-i", action="store_true")
CURL.add_argument("-X", default=None)
CURL.add_argument("-H", action="append", default=[])
CURL.add_argument("-d", default=None)


@frozen
class Example:
    """A curl command, and what the page says it prints."""

    words: list[str]
    status: str | None
    headers: dict[str, str]
    body: Any


def examples() -> Iterator[Example]:
    for block in re.findall(r"```console\n(.*?)```", PAGE.read_text(), re.DOTALL):
        for text in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            words, printed = split(text.splitlines())
            shown = printed.strip()
            head, body = shown.split("\n\n", 1) if "\n\n" in shown and shown.startswith("HTTP/") else ("", shown)
            if shown.startswith("HTTP/") and not head:
                head, body = shown, ""
            first, *rest = head.splitlines() or [""]
            headers = dict(line.split(": ", 1) for line in rest)
            is_json = headers.get("Content-Type", "").partition(";")[0] != "text/csv"
            said = json.loads(body) if body and is_json else body or None
            yield Example(words, first.split()[1] if first else None, headers, said)


def split(lines: list[str]) -> tuple[list[str], str]:
    """The words of a command that may go on over several lines, and what is printed after it."""
    for n in range(1, len(lines) + 1):
        command = "\n".join(lines[:n])
        if command.endswith("\\"):
            continue
        try:
            return shlex.split(command.replace("\\\n", "")), "\n".join(lines[n:])
        except ValueError:  # a quotation is still open
            continue
    raise AssertionError(f"no command: {lines}")


def shows(said: Any, found: Any) -> bool:
    """Whether what was found is as said; `…` stands for anything, and for members that are not said."""
    if said == MORE:
        return True
    if isinstance(said, dict) and isinstance(found, dict):
        named = said.keys() - {MORE}
        exact = MORE in said or named == found.keys()
        return exact and named <= found.keys() and all(shows(said[k], found[k]) for k in named)
    if isinstance(said, list) and isinstance(found, list):
        return len(said) == len(found) and all(map(shows, said, found))
    if isinstance(said, str) and isinstance(found, str):
        return re.fullmatch(".*".join(map(re.escape, said.split(MORE))), found, re.DOTALL) is not None
    return bool(said == found)


def test_the_examples_print_what_the_page_says() -> None:
    with Community() as community:
        known = {"BOB": str(community.member("bob").id)}
        for example in examples():
            if community.sparkle.mailbox.letters:
                known["CODE"] = community.sparkle.mailbox.letters[-1].data.get("code", "")
            words = [re.sub(r"\$([A-Z]+)", lambda m: known[m[1]], word) for word in example.words]
            asked = CURL.parse_args(words[1:])
            method = asked.X or ("GET" if asked.d is None else "POST")
            headers = dict(line.split(": ", 1) for line in asked.H)
            url = "http://" + asked.url
            answer = community.client.request(method, url, headers=headers, content=asked.d)
            assert example.status in (None, str(answer.status_code)), (words, answer.text)
            assert all(shows(v, answer.headers[k]) for k, v in example.headers.items()), (words, answer.headers)
            is_json = "json" in answer.headers.get("content-type", "")
            found = (answer.json() if is_json else "\n".join(answer.text.splitlines())) if answer.content else None
            assert shows(example.body, found), (words, answer.text)
            if isinstance(found, dict) and "token" in found:
                known["TOKEN"], known["ADA"] = found["token"], found["actor"]["user_id"]
