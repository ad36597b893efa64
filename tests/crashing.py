"""A community whose process is killed at any moment: the child that works, and the one who kills and checks.

Run as a program, it is the child: it does numbered commands, each under its number as the key, and
says each one's answer on its standard output once it has returned.
"""

import json
import os
import random
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import field, frozen, mutable

from sparkle_adapters.codec import JsonCodec
from sparkle_adapters.system import SystemMoment, SystemWorld
from sparkle_bootstrap import Sparkle
from sparkle_core.application.accounts import EditProfile, Register
from sparkle_core.application.content import Comment, PublishPost, React, Unreact
from sparkle_core.application.economy import ReverseTransfer, SendTip
from sparkle_core.application.progression import AwardXp, ReverseXp
from sparkle_core.domain.accounts import SYSTEM, Actor
from sparkle_core.domain.content import Discussion, RichText
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import UserId
from tests.communities import PASSWORD, connected

DRAIN_EVERY = 3
A_MINUTE = timedelta(minutes=1)
"""Longer than a lease lasts: each life of the community begins when the last one's leases have run out."""


class LaterWorld(SystemWorld):
    """The real world, somewhat later."""

    def __init__(self, by: timedelta) -> None:
        self._by = by

    def moment(self) -> SystemMoment:
        return SystemMoment(super().moment().now + self._by)


@frozen
class Cast:
    """Who and what the commands are about."""

    people: tuple[UUID, ...]
    posts: tuple[UUID, ...]

    def command(self, number: int) -> tuple[Any, Actor]:
        """The command of a number, and who gives it: always the same."""
        dice = random.Random(number)
        by, to = (UserId(p) for p in dice.sample(self.people, 2))
        post, amount = dice.choice(self.posts), dice.randint(1, 9)
        me = Actor(user_id=by)
        commands: list[tuple[Any, Actor]] = [
            (SendTip(to=to, amount=amount), me),
            (SendTip(to=to, amount=amount), me),
            (AwardXp(user_id=by, amount=amount * 40, source="gift", subject=f"n{number}"), SYSTEM),
            (ReverseXp(user_id=by, source="gift", subject=f"n{dice.randint(0, number)}"), SYSTEM),
            (PublishPost(title=f"Post {number}", content=Discussion(body=RichText.of("Hello"))), me),
            (Comment(post_id=post, text=f"Comment {number}"), me),
            (React(target_id=post), me),
            (Unreact(target_id=post), me),
            (EditProfile(bio=f"Bio {number}"), me),
            (Register(email=f"n{number}@example.org", password=PASSWORD, agree_to_terms=True), SYSTEM),
            (ReverseTransfer(namespace="welcome_bonus", key=str(by), amount=1, reason="a test"), SYSTEM),
        ]
        return dice.choice(commands)


def key_of(number: int) -> str:
    return f"command {number}"


def told(sparkle: Sparkle, cast: Cast, number: int) -> str:
    """What a command answers, as text; a refusal by its code."""
    request, actor = cast.command(number)
    try:
        return JsonCodec().encode(sparkle.run(request, actor=actor, key=key_of(number)))
    except SparkleError as refusal:
        return f"refused: {refusal.code}"


def child(url: str, later_s: int, first: int, people: str, posts: str) -> None:
    """Work until killed."""
    cast = Cast(tuple(map(UUID, people.split(","))), tuple(map(UUID, posts.split(","))))
    with connected(url, world=LaterWorld(timedelta(seconds=later_s))) as sparkle:
        number = first
        while True:
            line = json.dumps([number, told(sparkle, cast, number)])
            os.write(1, line.encode() + b"\n")
            number += 1
            if number % DRAIN_EVERY == 0:
                sparkle.run_coroutine(sparkle.drain())


@mutable
class Community:
    """A community that is killed again and again, and what it acknowledged before each death."""

    url: str
    cast: Cast
    lives: int = 0
    said: dict[int, str] = field(factory=dict)

    @property
    def later(self) -> timedelta:
        return A_MINUTE * self.lives

    @contextmanager
    def opened(self) -> Iterator[Sparkle]:
        """The community as it is after its last death, once all leases have run out."""
        with connected(self.url, world=LaterWorld(self.later)) as sparkle:
            yield sparkle

    def live(self, commands: int, moment: random.Random) -> None:
        """Start it, kill it somewhat after so many commands, and keep what it said by then."""
        people, posts = (",".join(map(str, ids)) for ids in (self.cast.people, self.cast.posts))
        first = max(self.said, default=-1) + 1
        arguments = (self.url, str(int(self.later.total_seconds())), str(first), people, posts)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.crashing", *arguments],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(("src", "."))},
        )
        assert process.stdout is not None
        with closing(process.stdout):
            said = listened(process.stdout.fileno(), commands, moment.uniform(0, 0.03))
            assert process.poll() is None, "it died on its own"
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            rest = process.stdout.read()
        self.lives += 1
        self.said.update(_lines(said + rest))


def listened(source: int, lines: int, and_then_s: float) -> bytes:
    """What is said until so many lines are there, and for some milliseconds more."""
    heard, until = b"", None
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        while until is None or time.monotonic() < until:
            if selector.select(None if until is None else max(0.0, until - time.monotonic())):
                piece = os.read(source, 65_536)
                if not piece:
                    break
                heard += piece
            if until is None and heard.count(b"\n") >= lines:
                until = time.monotonic() + and_then_s
    return heard


def _lines(heard: bytes) -> dict[int, str]:
    """Whole lines only: what was cut off was not acknowledged."""
    return {number: answer for number, answer in map(json.loads, heard.split(b"\n")[:-1])}


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5])
