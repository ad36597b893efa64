"""An erasing whose process is killed at any moment: the child that erases, batch by batch, and says each one.

Run as a program, it is the child.
"""

import os
import random
import signal
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from attrs import evolve

from sparkle_bootstrap import Sparkle
from sparkle_core.application.erasing import EraseNext
from sparkle_core.domain.accounts import LOGINS, SYSTEM, Actor
from sparkle_core.domain.accounts.proofs import LoginRecord, LoginResult
from sparkle_core.ports.store import Transaction
from tests.communities import connected
from tests.crashing import LaterWorld, listened

A_MONTH_LATER = timedelta(days=31)


def opened(url: str) -> Sparkle:
    """The community, when the time of grace is over."""
    return connected(url, world=LaterWorld(A_MONTH_LATER))


def child(url: str) -> None:
    """Erase until nobody is due."""
    with opened(url) as sparkle:
        while (batch := sparkle.run(EraseNext(), actor=SYSTEM)).user_id is not None:
            os.write(1, f"{batch.rows}\n".encode())


def tried_often(sparkle: Sparkle, actor: Actor, times: int) -> None:
    """So much login history that erasing takes many batches."""
    moment = sparkle.world.moment()
    assert actor.user_id is not None
    first = LoginRecord(
        id=moment.new_id(),
        user_id=actor.user_id,
        result=LoginResult.WRONG,
        at=moment.now,
        address="198.51.100.77",
        user_agent="zoes-browser/1.0",
    )

    async def body(tx: Transaction) -> None:
        for _ in range(times):
            tx.records.append(LOGINS, evolve(first, id=moment.new_id()))

    sparkle.run_coroutine(sparkle.store.transact(body))


def killed_after(url: str, batches: int, moment: random.Random) -> int:
    """Let the child erase so many batches and somewhat longer, then kill it; how many it said in all."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.erasing", url],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(("src", "."))},
    )
    assert process.stdout is not None
    with closing(process.stdout):
        said = listened(process.stdout.fileno(), batches, moment.uniform(0, 0.01))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return (said + process.stdout.read()).count(b"\n")


if __name__ == "__main__":
    child(sys.argv[1])
