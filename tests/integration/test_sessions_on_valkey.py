"""Sessions remembered on a real Valkey, over HTTP: revoked at once, whatever becomes of the server."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import redis
from attrs import frozen
from httpx2 import ASGITransport, AsyncClient

from sparkle_adapters.sql.store import PostgresStore
from sparkle_adapters.system import SystemWorld
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import Authenticate, LogIn
from sparkle_core.domain.accounts.errors import InvalidCredentials
from sparkle_web.app import create_app
from tests.communities import SQL_STORES, connected, fresh_database
from tests.integration.web_community import API, UNHURRIED
from tests.support.people import PASSWORD, member
from tests.valkey import Valkey

UNTIL_S = 30.0
"""How long a test waits for what has to come within a second or two: a busy machine is slow, never wrong."""


@frozen
class Machine:
    """One machine that serves: its community, and a client of its HTTP application."""

    sparkle: Sparkle
    client: AsyncClient

    async def login(self, name: str) -> str:
        answer = await self.client.post(f"{API}/sessions", json={"email": f"{name}@example.org", "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["token"])

    async def logout(self, token: str) -> None:
        answer = await self.client.delete(f"{API}/sessions/current", headers=_bearer(token))
        assert answer.status_code == 204, answer.text

    async def status(self, token: str) -> int:
        """What a token gets: 200, or 401."""
        await asyncio.sleep(0)  # SQLite never waits; others are to have their turn all the same
        return int((await self.client.get(f"{API}/me", headers=_bearer(token))).status_code)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


@asynccontextmanager
async def serving(url: str, redis_url: str) -> AsyncIterator[Machine]:
    sparkle = connected(url, world=SystemWorld(), rules=UNHURRIED, redis_url=redis_url)
    transport = ASGITransport(create_app(sparkle))
    async with sparkle, AsyncClient(transport=transport, base_url="http://sparkle.example") as client:
        yield Machine(sparkle, client)


@pytest.fixture(params=SQL_STORES)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with Ada and Ben in it."""
    with fresh_database(request.param) as url:
        with connected(url, world=SystemWorld(), inline=True) as sparkle:
            for name in ("ada", "ben"):
                member(sparkle, name)
        yield url


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """One to kill."""
    with Valkey() as server:
        yield server


def test_a_hit_costs_at_most_one_round_trip_and_no_statement(valkey_url: str) -> None:
    """One for the first call within a second that another machine has remembered, and none for those that follow."""

    async def story(url: str) -> None:
        async with serving(url, valkey_url) as machine, serving(url, valkey_url) as other:
            store = other.sparkle.store
            assert isinstance(store, PostgresStore)
            query = Authenticate(token=await machine.login("ada"), for_a_call=True)
            await machine.sparkle(query)
            await other.login("ada")  # and so it has a connection
            with redis.Redis.from_url(valkey_url) as beside:
                statements, commands = store.round_trips, _commands(beside)
                await other.sparkle(query)
                assert _commands(beside) - commands == 1 + 1, "and the count itself"
                for _ in range(10):
                    await other.sparkle(query)
                assert _commands(beside) - commands <= 2 + 2
            assert store.round_trips == statements

    with fresh_database("postgres") as url:
        with connected(url, world=SystemWorld(), inline=True) as sparkle:
            member(sparkle, "ada")
        asyncio.run(story(url))


def _commands(client: "redis.Redis") -> int:
    told: Any = client.info("stats")
    return int(told["total_commands_processed"])


def test_a_session_revoked_amid_a_hundred_requests_is_refused_from_then_on(database: str, valkey_url: str) -> None:
    """Stops requests that were on their way from putting a revoked session back into the cache."""
    seen: list[tuple[float, int]] = []

    async def knock(machine: Machine, token: str) -> None:
        status = 200
        while status == 200:
            started = time.monotonic()
            status = await machine.status(token)
            seen.append((started, status))

    async def story() -> None:
        async with serving(database, valkey_url) as machine:
            stolen, own, bens = [await machine.login(name) for name in ("ada", "ada", "ben")]
            async with asyncio.timeout(UNTIL_S):
                knocking = [asyncio.create_task(knock(machine, stolen)) for _ in range(100)]
                while len(seen) < 200:
                    await asyncio.sleep(0)
                await machine.logout(stolen)
                revoked = time.monotonic()
                assert [await machine.status(token) for token in (stolen, own, bens)] == [401, 200, 200]
                await asyncio.gather(*knocking)
            assert {status for started, status in seen if started < revoked} >= {200}
            assert {status for started, status in seen if started >= revoked} <= {401}
            assert await machine.status(stolen) == 401

    asyncio.run(story())


def test_a_tip_by_a_session_that_has_to_be_looked_up_again_is_sent_once(database: str, valkey_url: str) -> None:
    """Stops asking once more from doing it twice: of tips on their way together, while another session ends."""

    async def story() -> None:
        async with serving(database, valkey_url) as machine:
            other, own, bens = [await machine.login(name) for name in ("ada", "ada", "ben")]
            ben = (await machine.client.get(f"{API}/me", headers=_bearer(bens))).json()["user_id"]

            async def balance(token: str) -> int:
                me = (await machine.client.get(f"{API}/me", headers=_bearer(token))).json()["user_id"]
                wallet = await machine.client.get(f"{API}/users/{me}/wallet", headers=_bearer(token))
                return int(wallet.json()["available"])

            async def tip() -> int:
                sent = await machine.client.post(f"{API}/tips", json={"to": ben, "amount": 1}, headers=_bearer(own))
                return int(sent.status_code)

            before = [await balance(token) for token in (own, bens)]
            await machine.logout(other)
            statuses = await asyncio.gather(*(tip() for _ in range(30)))
            assert set(statuses) == {201}
            after = [await balance(token) for token in (own, bens)]
            assert [now - then for now, then in zip(after, before, strict=True)] == [-30, 30]

    asyncio.run(story())


def test_a_machine_that_cannot_reach_the_server_revokes_all_the_same(database: str, valkey_url: str) -> None:
    """Stops a session from going on elsewhere because the one who revoked it could tell nobody."""

    async def story() -> None:
        async with serving(database, valkey_url) as here, serving(database, "redis://127.0.0.1:1") as cut_off:
            token, other = await here.login("ada"), await here.login("ada")
            assert [await here.status(t) for t in (token, other)] == [200, 200]
            await cut_off.logout(token)
            assert [await here.status(t) for t in (token, other)] == [401, 200]
            assert [await cut_off.status(t) for t in (token, other)] == [401, 200]

    asyncio.run(story())


def test_a_server_restored_from_an_old_dump_revives_no_session(database: str, valkey: Valkey) -> None:
    """Stops a backup of the cache from opening what was closed since."""

    async def story() -> None:
        async with serving(database, valkey.url) as machine:
            ada, bens = await machine.login("ada"), await machine.login("ben")
            assert [await machine.status(t) for t in (ada, bens)] == [200, 200]
            with redis.Redis.from_url(valkey.url) as beside:
                beside.save()
                assert len(list(beside.scan_iter("sparkle:cache:session*"))) == 2
            await machine.logout(ada)
            valkey.kill()
            valkey.start()
            with redis.Redis.from_url(valkey.url) as beside:
                assert len(list(beside.scan_iter("sparkle:cache:session*"))) == 2, "both are back"
            assert [await machine.status(t) for t in (ada, bens)] == [401, 200]
        async with serving(database, valkey.url) as another:
            assert [await another.status(t) for t in (ada, bens)] == [401, 200]

    asyncio.run(story())


class Answers:
    """Counted, so that trouble comes after so many of them, and not after some time."""

    def __init__(self) -> None:
        self._count, self._came = 0, asyncio.Event()

    def one(self) -> None:
        self._count += 1
        self._came.set()

    async def more(self, many: int) -> None:
        """Wait for so many more."""
        until = self._count + many
        while self._count < until:
            self._came.clear()
            await self._came.wait()


def test_killed_again_and_again_it_lets_nobody_in_and_keeps_nobody_out(database: str, valkey: Valkey) -> None:
    """Stops an outage, at whatever moment, from opening a door or closing one; and it is used again by itself."""

    answers = Answers()

    async def kill_and_start(rounds: int) -> None:
        for n in range(rounds):
            await answers.more(10 * n)
            valkey.kill()
            await answers.more(10)
            await asyncio.to_thread(valkey.start)

    async def live(machine: Machine, token: str, until: asyncio.Task[None]) -> None:
        while not until.done():
            assert await machine.status(token) == 200
            answers.one()

    async def come_and_go(machine: Machine, until: asyncio.Task[None]) -> None:
        gone: list[str] = []
        while not until.done():
            token = await machine.login("ada")
            assert await machine.status(token) == 200
            await machine.logout(token)
            gone.append(token)
            assert {await machine.status(t) for t in gone[-3:]} == {401}

    async def story() -> None:
        async with serving(database, valkey.url) as machine, asyncio.timeout(UNTIL_S):
            bens = await machine.login("ben")
            trouble = asyncio.create_task(kill_and_start(4))
            await asyncio.gather(trouble, live(machine, bens, trouble), *(come_and_go(machine, trouble) for _ in "ab"))
            for _ in itertools.takewhile(lambda _: not _remembers(valkey), itertools.count()):
                assert await machine.status(bens) == 200

    asyncio.run(story())


def _remembers(valkey: Valkey) -> bool:
    with redis.Redis.from_url(valkey.url) as beside:
        return bool(list(beside.scan_iter("sparkle:cache:session*")))


def test_a_dump_of_the_server_holds_no_token_and_names_nobody(database: str, valkey: Valkey) -> None:
    """Stops a stolen dump from opening accounts, and from telling who was there."""

    async def story() -> list[str]:
        async with serving(database, valkey.url) as machine:
            tokens = [await machine.login(name) for name in ("ada", "ben", "ada")]
            assert [await machine.status(t) for t in tokens] == [200, 200, 200]
            return tokens

    tokens = asyncio.run(story())
    with connected(database, world=SystemWorld(), redis_url=valkey.url) as sparkle, pytest.raises(InvalidCredentials):
        sparkle.run(LogIn(email="ben@example.org", password="Wr0ng-horse-battery"))
    with redis.Redis.from_url(valkey.url) as beside:
        beside.config_set("rdbcompression", "no")
        beside.save()
    dump = (valkey.folder / "dump.rdb").read_bytes()
    assert b"session_mark" in dump
    assert b"sparkle:limit:" in dump
    for secret in (*tokens, *(token[5:] for token in tokens), "example.org"):
        assert secret.encode() not in dump


def test_without_a_loop_of_the_callers_it_works_too(database: str, valkey_url: str) -> None:
    async def token_of_ada() -> str:
        async with serving(database, valkey_url) as machine:
            return await machine.login("ada")

    token = asyncio.run(token_of_ada())
    with connected(database, world=SystemWorld(), redis_url=valkey_url) as sparkle:
        remembered = [sparkle.run(Authenticate(token=token, for_a_call=True)) for _ in range(2)]
        assert remembered[0] == remembered[1]
        assert sparkle.run(Authenticate(token=token)).session_id == remembered[0].session_id
