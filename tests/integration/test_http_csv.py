"""A statement as a file for spreadsheets: who prefers text/csv gets all of it, page by page."""

import asyncio
import csv
import io
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import field, frozen, mutable

from sparkle_core.application.economy import Statement, spreadsheets
from sparkle_core.application.kernel.dispatcher import Outcome
from sparkle_core.application.progression import AwardXp
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.accounts.rules import SecurityRules
from sparkle_core.domain.economy.ledger import Currency, Transfer, TransferId, wallet_of
from sparkle_core.domain.kernel.actors import Role
from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.domain.kernel.rules import RateTier
from sparkle_web.app import create_app
from sparkle_web.negotiating import prefers_csv
from tests.integration.web_community import API, Community, Member

FORMULA = "=1+2"
CSV = {"Accept": "text/csv"}


@frozen
class Rich:
    """A community, and Ada in it, who has risen by more levels than two pages hold."""

    community: Community
    ada: Member

    @property
    def path(self) -> str:
        return f"/users/{self.ada.id}/wallet/entries"

    def lines(self, query: str = "", headers: dict[str, str] = CSV) -> list[dict[str, str]]:
        answer = self.community.get(self.path + query, self.ada, headers)
        assert answer.status_code == 200
        return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def rich(community: Community) -> Rich:
    ada, bob = community.member("ada"), community.member("bob")
    run = community.sparkle.run
    run(AwardXp(user_id=ada.id, amount=1_000_000, source="gift", subject="launch"), actor=SYSTEM)
    run(AwardXp(user_id=ada.id, amount=1_000_000, source="gift", subject="again"), actor=SYSTEM)
    gift = Transfer(
        id=TransferId("test", FORMULA),
        debit=wallet_of(ada.id),
        credit=wallet_of(bob.id),
        amount=30,
        currency=Currency.SPARKLE,
        kind="tip",
        reference="+49 151",
        actor=ada.actor.name,
        at=community.sparkle.world.moment().now,
    )
    community.sparkle.run_coroutine(community.sparkle.store.transact(lambda tx: tx.ledger.post(gift)))
    return Rich(community, ada)


@pytest.fixture
def ada() -> Iterator[Rich]:
    with Community() as community:
        yield rich(community)


def test_who_prefers_csv_gets_every_line_newest_first(ada: Rich) -> None:
    found, cursor = [], None
    while True:
        page = ada.community.get(ada.path + "?limit=100" + (f"&after={cursor}" if cursor else ""), ada.ada).json()
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    lines = ada.lines()
    assert len(found) > 200
    assert tuple(lines[0]) == spreadsheets.COLUMNS
    assert [int(line["number"]) for line in lines] == [item["sequence"] for item in found]
    assert [int(line["amount"]) for line in lines] == [item["amount"] for item in found]
    assert int(lines[0]["balance"]) == sum(int(line["amount"]) for line in lines)


def test_it_says_that_it_is_a_private_file_and_its_name(ada: Rich) -> None:
    headers = ada.community.get(ada.path, ada.ada, CSV).headers
    assert headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert headers["content-disposition"] == f'attachment; filename="statement-SPARKLE-{ada.ada.id}.csv"'
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert "content-length" not in headers


def test_caches_are_told_that_there_are_two_forms_of_it(ada: Rich) -> None:
    """Stops a cache from answering with JSON who asked for CSV."""
    forms = [ada.community.get(ada.path, ada.ada, headers) for headers in (CSV, {})]
    assert [form.headers["vary"] for form in forms] == ["authorization, cookie, accept"] * 2
    assert forms[1].headers["content-type"] == "application/json"
    assert "accept" not in ada.community.get("/levels").headers["vary"]


def test_a_text_that_is_a_formula_is_not_run_by_a_spreadsheet(ada: Rich) -> None:
    """Stops whoever chose a transfer's key from running something on the machine of who opens the statement."""
    newest = ada.lines()[0]
    assert (newest["key"], newest["reference"], newest["amount"]) == ("'" + FORMULA, "'+49 151", "-30")


def test_kinds_times_and_currencies_narrow_it_and_a_cursor_goes_on(ada: Rich) -> None:
    assert [line["kind"] for line in ada.lines("?kind=tip")] == ["tip"]
    assert ada.lines("?currency=USD") == []
    every = ada.lines()
    oldest = every[-1]["at"].replace("+00:00", "Z")
    assert ada.lines(f"?until={oldest}") == []
    cursor = ada.community.get(ada.path + "?limit=3", ada.ada).json()["next"]
    assert ada.lines(f"?after={cursor}&limit=1") == every[3:]


def test_a_moderator_gets_somebody_elses_and_nobody_else_does(ada: Rich) -> None:
    moe, eve = ada.community.member("moe", Role.MODERATOR), ada.community.member("eve")
    assert ada.community.get(ada.path, moe, CSV).status_code == 200
    refused = ada.community.get(ada.path, eve, CSV)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert refused.headers["content-type"] == "application/problem+json"
    assert ada.community.get(ada.path, None, CSV).status_code == 401
    assert ada.community.get(ada.path + "?after=nonsense", ada.ada, CSV).status_code == 422
    assert ada.community.get(ada.path + "?colour=red", ada.ada, CSV).status_code == 422


def test_asking_for_the_headers_alone_answers_no_line(ada: Rich) -> None:
    answer = ada.community.send("HEAD", ada.path, by=ada.ada, headers=CSV)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"].startswith("text/csv")


def test_the_document_tells_of_both_forms_and_of_no_other_files(ada: Rich) -> None:
    paths = ada.community.client.get("/openapi.json").json()["paths"]
    answers = {
        path: operation["responses"]["200"]
        for path, methods in paths.items()
        for operation in methods.values()
        if "text/csv" in operation["responses"].get("200", {}).get("content", {})
    }
    (told,) = answers.values()
    assert set(answers) == {API + "/users/{user_id}/wallet/entries"}
    assert set(told["content"]) == {"application/json", "text/csv"}
    assert "Content-Disposition" in told["headers"]


def test_what_has_no_form_for_spreadsheets_stays_json(ada: Rich) -> None:
    assert ada.community.get("/levels", headers=CSV).headers["content-type"] == "application/json"


def test_a_file_counts_as_one_call_however_many_pages_it_has() -> None:
    few = RateTier(limit=2, window_s=60)
    with Community(Rules(security=SecurityRules(read=few))) as community:
        ada = rich(community)
        assert len(ada.lines()) > 200
        answer = community.get(ada.path, ada.ada, CSV)
        assert (answer.status_code, answer.headers["ratelimit-remaining"]) == (200, "0")
        assert community.get(ada.path, ada.ada, CSV).status_code == 429


@pytest.mark.parametrize(
    ("accept", "csv"),
    [
        ((), False),
        (("text/csv",), True),
        (("TEXT/CSV; header=present",), True),
        (("*/*",), False),
        (("text/*",), True),
        (("application/json, text/csv",), False),
        (("application/json;q=0.5, text/csv",), True),
        (("application/json", "text/csv;q=0.9"), False),
        (("application/*;q=0.2", "text/csv;q=0.3"), True),
        (("text/csv;q=0, */*;q=0.1",), False),
        (("text/csv;q=0.000", "text/*"), False),
        (("text/html,application/xhtml+xml,*/*;q=0.8",), False),
        (("text/csv;q=nonsense",), True),
        (("nonsense",), False),
        (("text/csv" + " " * 3_000,), True),
    ],
)
def test_what_is_preferred_follows_from_accept(accept: tuple[str, ...], csv: bool) -> None:
    assert prefers_csv(accept) is csv


@mutable
class Reading:
    """An application that notes what was read and sent, in order, and may fail at a page or lose its client there."""

    rich: Rich
    fails_at: int | None = None
    leaves_at: int | None = None
    story: list[str] = field(factory=list)
    pages: int = 0
    sent: list[dict[str, Any]] = field(factory=list)

    @property
    def store(self) -> Any:
        return self.rich.community.sparkle.store

    async def call(self, request: Any, **how: Any) -> Outcome:
        if isinstance(request, Statement):
            self.pages += 1
            self.story.append("read")
            if self.pages == self.fails_at:
                raise Unavailable("The store")
        return await self.rich.community.sparkle.call(request, **how)

    async def receive(self) -> dict[str, Any]:
        while self.leaves_at is None or self.pages < self.leaves_at:
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        await asyncio.sleep(0)
        self.sent.append(message)
        self.story.append("sent" if message.get("body") else "")

    def run(self) -> None:
        headers = [(name.lower().encode(), value.encode()) for name, value in {**self.rich.ada.headers, **CSV}.items()]
        path = API + self.rich.path
        scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers, "client": None}
        asyncio.run(create_app(self)(scope, self.receive, self.send))  # type: ignore[arg-type]

    @property
    def has_ended(self) -> bool:
        return not self.sent[-1].get("more_body", False)


def test_a_page_is_read_when_the_one_before_it_was_taken(ada: Rich) -> None:
    """Stops a long history from being held in memory, and a slow client from being read for ahead of time."""
    reading = Reading(ada)
    reading.run()
    assert reading.pages >= 3
    assert [told for told in reading.story if told] == ["read", "sent"] * reading.pages
    assert all(message.get("body", b"").count(b"\r\n") <= 101 for message in reading.sent)
    assert reading.has_ended


def test_nothing_is_read_for_who_has_gone_away(ada: Rich) -> None:
    reading = Reading(ada, leaves_at=1)
    reading.run()
    assert reading.pages <= 2
    assert not reading.has_ended


def test_a_file_that_breaks_off_is_not_taken_for_a_whole_one(ada: Rich) -> None:
    reading = Reading(ada, fails_at=2)
    with pytest.raises(Unavailable):
        reading.run()
    assert reading.sent[0]["status"] == 200
    assert not reading.has_ended


def test_a_refusal_before_the_first_line_is_a_problem(ada: Rich) -> None:
    reading = Reading(ada, fails_at=1)
    reading.run()
    assert reading.sent[0]["status"] == 503
    assert b'"code":"unavailable"' in reading.sent[1]["body"]
