"""The core without a network: an award in memory and on SQLite, the curve at any XP, a simulation."""

import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, loop_us, median_us
from sparkle_adapters.mail.memory import Mailbox
from sparkle_adapters.memory.security import FastHasher
from sparkle_bootstrap import Settings, Sparkle, connect, in_memory
from sparkle_bootstrap.processes import settle
from sparkle_core.application.accounts import Register
from sparkle_core.application.progression import AwardXp
from sparkle_core.application.rules import Rules
from sparkle_core.domain.accounts import SYSTEM
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.progression import ArithmeticCurve
from sparkle_simulation.running import Plan, simulate
from sparkle_simulation.tables import calls_made


def figures() -> list[Figure]:
    settle()  # as every process that serves
    curve = ArithmeticCurve()
    found = [
        Figure(name="empty loop of 1,000 turns", value=loop_us(), unit="µs", note="the machine's speed just now"),
        Figure(name="level_at(300)", value=median_us(lambda _: curve.level_at(300), 20_000), unit="µs", at_most=2),
        Figure(name="level_at(10^18)", value=median_us(lambda _: curve.level_at(10**18), 20_000), unit="µs", at_most=2),
    ]
    sparkle = in_memory(seed=7, inline=False)
    found.append(
        Figure(
            name="AwardXp in memory, with outbox and receipt",
            value=median_us(_awards(sparkle), 2_000),
            unit="µs",
            at_most=60,
        )
    )
    with tempfile.TemporaryDirectory() as folder:
        found.append(_on_sqlite(Path(folder)))
    found.append(_simulated())
    return found


def _simulated() -> Figure:
    """Commands of a simulation a second of this process's time, the best of three: it uses one core alone."""
    speeds = []
    for _ in range(3):
        started = time.process_time()
        report = simulate(Plan(people=300, days=20, seed=7), Rules())
        speeds.append(calls_made(report) / (time.process_time() - started))
    return Figure(name="commands of a simulation, on one core", value=max(speeds), unit="per s", at_least=8_000)


def _on_sqlite(folder: Path) -> Figure:
    url, settings = f"sqlite:///{folder / 'bench.db'}", Settings(key=bytes(32), var=folder)
    with connect(url, settings=settings, hasher=FastHasher(), mailer=Mailbox()) as sparkle:
        each_us = median_us(_awards(sparkle), 500)
    return Figure(name="AwardXp on SQLite through run()", value=1e6 / each_us, unit="per s", at_least=1_000)


def _awards(sparkle: Sparkle) -> "Awarding":
    ada = sparkle.run(
        Register(email="ada@example.org", username="ada", password="Corr3ct-horse-battery", agree_to_terms=True)
    )
    sparkle.run(AwardXp(user_id=ada.id, amount=1_000_000, source="gift", subject="start"), actor=SYSTEM)
    return Awarding(sparkle, ada.id)


class Awarding:
    """Awards one XP, each for a subject of its own."""

    def __init__(self, sparkle: Sparkle, user_id: UserId) -> None:
        self._sparkle, self._user_id = sparkle, user_id

    def __call__(self, number: int) -> None:
        command = AwardXp(user_id=self._user_id, amount=1, source="gift", subject=str(number))
        self._sparkle.run(command, actor=SYSTEM, key=f"bench-{number}")
