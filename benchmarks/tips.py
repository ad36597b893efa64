"""Tips at once, gathered, against a plpgsql function that writes the same rows one tip a transaction.

Same PostgreSQL, same tables, same people, rounds in turn; a figure is the median of the rounds'
ratios. (a) spreads the tips over fifty wallets, (b) sends every one to the same wallet.

Beside each ratio stands the one that a program would reach that takes no time itself: what
PostgreSQL says it spent on the same tips, against the same function.
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
from uuid_utils.compat import uuid7

from benchmarks.fans import Fan, one_more, rich
from benchmarks.figures import Figure
from benchmarks.postgres import analyze, community
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import FastHasher
from sparkle_bootstrap import Settings, Sparkle, connect
from sparkle_bootstrap.processes import settle
from sparkle_core.application.economy import SendTip
from sparkle_core.domain.economy.ledger import wallet_of

PEOPLE, CONNECTIONS, ROUNDS, SECONDS = 51, 16, 5, 2.0
PRELOADED = 100_000

FUNCTION = """
CREATE FUNCTION bench_tip(sender uuid, recipient uuid, amount_ bigint, namespace_ text, key_ text, reference_ text,
  at_ timestamptz, receipt_ uuid, digest_ text, answer_ text, event_ uuid, payload_ text, said_ text,
  day_ bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE a ledger_account; b ledger_account; held ledger_account;
BEGIN
  FOR held IN SELECT * FROM ledger_account WHERE id IN (sender, recipient) ORDER BY id FOR NO KEY UPDATE LOOP
    IF held.id = sender THEN a := held; ELSE b := held; END IF;
  END LOOP;
  IF a.balance < amount_ THEN RAISE EXCEPTION 'insufficient funds'; END IF;
  INSERT INTO ledger_transfer (namespace, key, debit, credit, amount, currency, kind, reference, actor, at)
    VALUES (namespace_, key_, sender, recipient, amount_, 'SPARKLE', 'tip', reference_, namespace_, at_);
  INSERT INTO ledger_entry (account, sequence, namespace, key, kind, reference, amount, before, after, at) VALUES
    (sender, a.sequence + 1, namespace_, key_, 'tip', reference_, -amount_, a.balance, a.balance - amount_, at_),
    (recipient, b.sequence + 1, namespace_, key_, 'tip', reference_, amount_, b.balance, b.balance + amount_, at_);
  INSERT INTO ledger_unsealed (namespace, key, digest) VALUES (namespace_, key_, said_);
  UPDATE ledger_account SET balance = balance - amount_, sequence = sequence + 1, spent = spent + amount_, day = day_,
    gone_today = json_build_object('tip', CASE WHEN a.day = day_
      THEN coalesce((a.gone_today::json->>'tip')::bigint, 0) ELSE 0 END + amount_)::text
    WHERE id = sender;
  UPDATE ledger_account SET balance = balance + amount_, sequence = sequence + 1, earned = earned + amount_
    WHERE id = recipient;
  INSERT INTO outbox (id, version, topic, schema_version, aggregate_id, aggregate_version, actor, at, payload,
    delivery, attempts, due_at)
    VALUES (event_, 1, 'economy.tip_sent', 1, recipient, 0, namespace_, at_, payload_, 'pending', 0, at_);
  INSERT INTO receipt (id, version, digest, answer, expires_at)
    VALUES (receipt_, 1, digest_, answer_, at_ + interval '24 hours');
  RETURN a.sequence + 1;
END $$
"""


def figures() -> list[Figure]:
    settle()
    with community(people=0) as (sparkle, url):
        fans = [one_more(sparkle, n) for n in range(PEOPLE)]
        asyncio.run(_made(url))
        rich(sparkle, fans)
        asyncio.run(_tips(sparkle, fans, spread, 512, PRELOADED / 5_000, most=PRELOADED))
        asyncio.run(analyze(url))
        found = []
        for name, pick in (("fifty wallets", spread), ("into one wallet", one_wallet)):
            for callers, least in ((64, TARGETS[name, 64]), (512, TARGETS[name, 512])):
                found += _compared(sparkle, url, fans, f"{name}, {callers} callers", pick, callers, least)
    return [*found, *_on_sqlite()]


TARGETS = {
    ("fifty wallets", 64): 2.3,
    ("fifty wallets", 512): 5.0,
    ("into one wallet", 64): 7.5,
    ("into one wallet", 512): 15.0,
}

Pick = Callable[[random.Random, list[Fan]], tuple[Fan, Fan]]


def spread(chance: random.Random, fans: list[Fan]) -> tuple[Fan, Fan]:
    """Two of the fifty."""
    sender, recipient = chance.sample(fans[1:], 2)
    return sender, recipient


def one_wallet(chance: random.Random, fans: list[Fan]) -> tuple[Fan, Fan]:
    """One of the fifty, and always the same creator."""
    return chance.choice(fans[1:]), fans[0]


def _compared(
    sparkle: Sparkle, url: str, fans: list[Fan], name: str, pick: Pick, callers: int, least: float
) -> list[Figure]:
    rounds = []
    for _ in range(ROUNDS):
        by_hand = asyncio.run(_one_by_one(url, fans, pick))
        before_us = asyncio.run(_spent_us(url))
        ours = asyncio.run(_tips(sparkle, fans, pick, callers, SECONDS))
        rounds.append((ours, by_hand, (asyncio.run(_spent_us(url)) - before_us) / (ours * SECONDS)))
    ratios = [ours / by_hand for ours, by_hand, _ in rounds]
    at_most = [1e6 / server_us / by_hand for _, by_hand, server_us in rounds]
    ours, by_hand, server_us = map(statistics.median, zip(*rounds, strict=True))
    spread_ = f"rounds {min(ratios):.2f} … {max(ratios):.2f}"
    return [
        Figure(name=f"tips, {name}", value=ours, unit="per s"),
        Figure(name="  one by one in plpgsql", value=by_hand, unit="per s"),
        Figure(name="  ratio", value=statistics.median(ratios), unit="", at_least=least, note=spread_),
        Figure(name="  PostgreSQL's part of a tip", value=server_us, unit="µs"),
        Figure(name="  ratio if the rest took no time", value=statistics.median(at_most), unit=""),
    ]


async def _spent_us(url: str) -> float:
    """How long PostgreSQL has worked on this database's statements. Connections tell theirs when they end."""
    connection = await asyncpg.connect(url)
    try:
        while await connection.fetchval(OTHERS):
            await asyncio.sleep(0.01)
        return 1e3 * float(await connection.fetchval(SPENT_MS))
    finally:
        await connection.close()


OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SPENT_MS = "SELECT active_time FROM pg_stat_database WHERE datname = current_database()"


async def _tips(
    sparkle: Sparkle, fans: list[Fan], pick: Pick, callers: int, seconds: float, most: int = 10**9
) -> float:
    """Tips a second by so many callers, each tipping again as soon as it is answered."""
    chance, done = random.Random(1), 0
    started = time.perf_counter()

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < started + seconds and done < most:
            sender, recipient = pick(chance, fans)
            await sparkle(SendTip(to=recipient.id, amount=1), actor=sender.actor, key=str(uuid4()))
            done += 1

    await _all(caller, callers)
    took = time.perf_counter() - started
    await sparkle.store.close()
    return done / took


async def _all(caller: Callable[[], Awaitable[None]], callers: int) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())  # type: ignore[arg-type]


async def _one_by_one(url: str, fans: list[Fan], pick: Pick) -> float:
    chance, done = random.Random(1), 0
    pool = await asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS)
    started = time.perf_counter()

    async def caller() -> None:
        nonlocal done
        async with pool.acquire() as connection:
            while time.perf_counter() < started + SECONDS:
                sender, recipient = pick(chance, fans)
                await connection.fetchval(CALL, *_arguments(sender, recipient))
                done += 1

    await _all(caller, CONNECTIONS)
    took = time.perf_counter() - started
    await pool.close()
    return done / took


CALL = f"SELECT bench_tip({', '.join(f'${n}' for n in range(1, 15))})"


def _arguments(sender: Fan, recipient: Fan) -> tuple[object, ...]:
    key, now, to = str(uuid4()), datetime.now(UTC), str(recipient.id)
    said = {"namespace": sender.actor.name, "key": key, "amount": 1, "kind": "tip", "reference": f"person:{to}"}
    payload = said | {"wallet": str(wallet_of(recipient.id)), "sender": str(sender.id), "recipient": to}
    return (
        wallet_of(sender.id), wallet_of(recipient.id), 1, sender.actor.name, key, f"person:{to}", now,
        uuid4(), "0" * 64, orjson.dumps(said).decode(), uuid7(), orjson.dumps(payload).decode(),
        "0" * 64, now.toordinal(),
    )  # fmt: skip


async def _made(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(FUNCTION)
    finally:
        await connection.close()


def _on_sqlite() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        url, settings = f"sqlite:///{Path(folder) / 'bench.db'}", Settings(key=bytes(32), var=Path(folder))
        with connect(url, settings=settings, hasher=FastHasher(), mailer=Mailbox()) as sparkle:
            fans = [one_more(sparkle, n) for n in range(PEOPLE)]
            rich(sparkle, fans)
            rounds = []
            for _ in range(ROUNDS):
                alone = asyncio.run(_tips(sparkle, fans, spread, 1, SECONDS / 2))
                rounds.append((alone, asyncio.run(_tips(sparkle, fans, spread, 512, SECONDS / 2))))
    return [
        Figure(name="tips on SQLite, one at a time", value=statistics.median(a for a, _ in rounds), unit="per s",
               at_least=1_000),
        Figure(name="tips on SQLite, 512 callers", value=statistics.median(b for _, b in rounds), unit="per s"),
        Figure(name="  ratio", value=statistics.median(b / a for a, b in rounds), unit="", at_least=8),
    ]  # fmt: skip
