"""A stolen dump of the database and of Valkey opens nothing: no secret that was handed out is in either.

A random story of people and their accounts is told; everything secret that anybody was given in it, in an answer
or a letter, is looked for in every value of every row and in every value that the server keeps.
"""

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pytest
from attrs import fields, has
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from sparkle_adapters.sql.migrate import on_database
from sparkle_core.application.accounts import LogIn, MyCsrfToken, RequestPasswordReset, SetUpTwoFactor
from sparkle_core.domain.kernel.actors import ANONYMOUS, Actor, Origin
from sparkle_core.testing.stories import Community, SecurityStory
from sparkle_core.testing.stories.story import PASSWORD
from sparkle_core.testing.stories.telling import Told
from tests.communities import SQL_STORES, connected, fresh_database
from tests.dumping import kept_by_valkey, rows_of_database
from tests.valkey import emptied, shared_valkey

SHORT_STORY = settings(
    max_examples=2,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)


def secrets_in(value: Any) -> Iterator[str]:
    """Every text in an answer that is not to be shown, and the parts of it that would open as much."""
    if isinstance(value, tuple | list):
        for one in value:
            yield from secrets_in(one)
    elif has(type(value)):
        for each in fields(type(value)):
            found = getattr(value, each.name)
            if isinstance(found, str) and not each.repr:
                yield from _parts(found)
            elif isinstance(found, tuple) and not each.repr:
                yield from (part for one in found if isinstance(one, str) for part in _parts(one))
            else:
                yield from secrets_in(found)


def _parts(text: str) -> Iterator[str]:
    if text.startswith(("https://", "otpauth://")):
        asked = parse_qs(urlsplit(text).query)
        yield from (part for name in ("state", "nonce", "secret") for part in asked.get(name, ()))
    elif "<svg" not in text and len(text) >= 8:
        yield text
        yield from (part for part in [text.partition("_")[2]] if len(part) >= 16)
        if re.fullmatch("[A-Z2-7]{32}", text):
            yield base64.b32decode(text).hex()


class Dumped(SecurityStory):
    """The story on a database beside a Valkey; at its end both are dumped and searched."""

    store: ClassVar[str]
    found_kinds: ClassVar[set[str]]

    def make(self) -> Mapping[str, AbstractContextManager[Community]]:
        self.secrets: dict[str, str] = {}
        return {self.store: self._open()}

    @contextmanager
    def _open(self) -> Iterator[Community]:
        with fresh_database(self.store) as url, connected(url, redis_url=emptied(shared_valkey())) as sparkle:
            self.url = url
            yield sparkle

    def goes_on(self) -> None:
        """Some secrets are in every story: a reset's, a session's, and what shows that its calls are meant."""
        super().goes_on()
        ben = self.person(1)
        self.say(MyCsrfToken(), actor=self.say(LogIn(email=ben.email, password=PASSWORD)).answer.actor)
        self.say(RequestPasswordReset(email=ben.email))
        self.told.drain()

    def say(
        self, request: Any, *, actor: Actor = ANONYMOUS, origin: Origin | None = None, key: str | None = None
    ) -> Told:
        told = super().say(request, actor=actor, origin=origin, key=key)
        given = told.refusal.facts.get("challenge") if told.refusal is not None else told.answer
        for secret in _parts(given) if isinstance(given, str) else secrets_in(given):
            self.secrets[secret] = type(request).__name__
        return told

    def teardown(self) -> None:
        try:
            for letter in self.told.letters:
                for name, value in letter.data.items():
                    if name.endswith(("token", "code", "link")):
                        self.secrets.update((part, letter.kind) for part in (*_parts(value), value))
            dump = self._dump()
            there = {f"{secret} of {origin}" for secret, origin in self.secrets.items() if _is_in(secret, dump)}
            assert not there
            self.found_kinds.update(self.secrets.values())
        finally:
            super().teardown()

    def _dump(self) -> bytes:
        return on_database(self.url, rows_of_database).encode() + kept_by_valkey()


def _is_in(secret: str, dump: bytes) -> bool:
    """A code of digits counts where no digit or letter is beside it, since any longer number has six."""
    if secret.isdigit():
        return re.search(rb"(?<![0-9A-Za-z.-])" + secret.encode() + rb"(?![0-9A-Za-z])", dump) is not None
    return secret.encode() in dump


@pytest.mark.parametrize("store", SQL_STORES)
def test_a_dump_of_database_and_valkey_holds_no_secret_that_anybody_was_given(store: str) -> None:
    """Stops whoever steals a backup, a replica or a dump from signing in, answering a challenge or resetting."""
    found: set[str] = set()
    machine = type("Dumped", (Dumped,), {"store": store, "found_kinds": found})
    run_state_machine_as_test(machine, settings=SHORT_STORY)
    expected = {LogIn.__name__, MyCsrfToken.__name__, SetUpTwoFactor.__name__, "verify_email", "reset_password"}
    assert expected <= found, "the story handed out secrets of these kinds, and they were looked for"


def test_the_search_finds_what_is_there() -> None:
    """So that nothing passes because nothing is found."""
    assert _is_in("sess_abc", b"x sess_abc y")
    assert _is_in("123456", b'{"code": "123456"}')
    assert not _is_in("123456", b"2026-01-01 00:00:00.123456 1234567 a123456")
