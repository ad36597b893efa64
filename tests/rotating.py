"""A rotation of keys whose process is killed at any moment: the child that rotates, and the one who kills and checks.

Run as a program, it is the child: it adds a key, promotes it, re-encrypts everything in small batches, retires the
older keys with their proof, and begins again; it says each step on its standard output once it is done.
"""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from uuid import UUID

from attrs import field, mutable

from sparkle_adapters.crypto.cipher import AesGcmCipher
from sparkle_adapters.crypto.key_file import KeyFile, new_id
from sparkle_adapters.system import SystemWorld
from sparkle_bootstrap import Sparkle
from sparkle_bootstrap.rotating import reencrypt
from sparkle_core.application.accounts import EditProfile, MyProfile
from sparkle_core.application.rotation import KeysInUse, KeyState, RetireKey, RowsUnder
from sparkle_core.domain.accounts import PROFILES, SYSTEM, Actor
from sparkle_core.domain.accounts.profiles import Profile
from sparkle_core.domain.kernel.errors import KeyInUse, Unavailable
from sparkle_core.domain.kernel.fields import UserId
from sparkle_core.domain.kernel.sealed import Purpose
from sparkle_core.ports.security import Place
from sparkle_core.ports.store import Transaction
from tests.communities import connected
from tests.crashing import listened

SECRETS = Purpose.SECRETS
BATCH = 20


def opened(url: str, keys: KeyFile, *, inline: bool = False) -> Sparkle:
    """The community, its secrets under the keys of a file."""
    return connected(url, world=SystemWorld(), keys=keys, cipher=AesGcmCipher(keys.secrets), inline=inline)


def place_of(id: UUID) -> Place:
    return Place(PROFILES.name, "phone", id)


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def rotate_once(sparkle: Sparkle, keys: KeyFile) -> None:
    """Finish what was begun: every row under the active key, and every older key gone."""
    while len(keys.ids(SECRETS)) > 1:
        rotation = reencrypt(sparkle, batch=BATCH, told=lambda done, of: say(f"{done} of {of}"))
        assert rotation.broken == ()
        for id in keys.ids(SECRETS):
            if id != keys.active(SECRETS):
                try:
                    sparkle.run(RetireKey(purpose=SECRETS, key=id), actor=SYSTEM)
                except KeyInUse:  # somebody who sealed before the promotion committed after the rotation
                    continue
                say(f"retired {id}")


def child(url: str, path: str) -> None:
    """Rotate until killed."""
    keys = KeyFile(Path(path))
    with opened(url, keys) as sparkle:
        while True:
            try:
                rotate_once(sparkle, keys)
            except Unavailable:  # one file, and others who write to it all the time: an operator begins again, too
                continue
            id = new_id()
            keys.add(SECRETS, id)
            say(f"added {id}")
            keys.promote(SECRETS, id)
            say(f"promoted {id}")


@mutable
class Rotated:
    """A community whose keys are rotated by a process that is killed again and again, and its people's numbers.

    `bare`: profiles that only rotation touches. `people`: who edit theirs meanwhile.
    """

    url: str
    keys: KeyFile
    people: list[Actor]
    bare: dict[UUID, str] = field(factory=dict)
    numbers: dict[UUID, str] = field(factory=dict)
    steps: list[str] = field(factory=list)
    _next: Iterator[int] = field(factory=lambda: count(1_000_000))

    def fill(self, many: int) -> None:
        """Keep so many profiles with numbers."""
        cipher = AesGcmCipher(self.keys.secrets)
        self.bare = {UUID(int=n): f"+4930{n:07}" for n in range(1, many + 1)}

        async def keep(tx: Transaction) -> None:
            for id, number in self.bare.items():
                sealed = cipher.seal(place_of(id), number.encode())
                tx.records.save(PROFILES, Profile(id=UserId(id), phone=sealed))

        with opened(self.url, self.keys) as sparkle:
            sparkle.run_coroutine(sparkle.store.transact(keep))

    def live(self, lines: int, moment: random.Random) -> None:
        """Let the child rotate for so many lines and somewhat longer, while people edit; then kill it."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.rotating", self.url, str(self.keys.path)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[1],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(("src", "."))},
        )
        assert process.stdout is not None
        with closing(process.stdout), self._people_editing():
            said = listened(process.stdout.fileno(), lines, moment.uniform(0, 0.02))
            assert process.poll() is None, "it died on its own"
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            said += process.stdout.read()
        self.steps += said.decode().splitlines()

    @contextmanager
    def _people_editing(self) -> Iterator[None]:
        """People change their numbers, one after another, until the block ends; what they were told is kept."""
        stop, failed = threading.Event(), list[BaseException]()

        def edit() -> None:
            try:
                with opened(self.url, self.keys) as sparkle:
                    while not stop.is_set():
                        self._edit(sparkle)
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=edit)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        assert failed == []

    def _edit(self, sparkle: Sparkle) -> None:
        number = next(self._next)
        actor = self.people[number % len(self.people)]
        assert actor.user_id is not None
        sparkle.run(EditProfile(phone=f"+1202{number}"), actor=actor)
        self.numbers[actor.user_id] = f"+1202{number}"

    def lost(self, sparkle: Sparkle) -> list[str]:
        """Whose number is not what it was: nobody's."""
        cipher = AesGcmCipher(self.keys.secrets)

        async def read(tx: Transaction) -> dict[UUID, Profile]:
            ids, found = list(self.bare), dict[UUID, Profile]()
            for n in range(0, len(ids), 200):
                found |= await tx.records.get_many(PROFILES, ids[n : n + 200])
            return found

        found = sparkle.run_coroutine(sparkle.store.read(read))
        shown = {id: cipher.open(place_of(id), str(found[id].phone)).decode() for id in self.bare}
        mine = {actor.user_id: sparkle.run(MyProfile(), actor=actor).phone for actor in self.people}
        return [
            *(f"{id}: {shown[id]}" for id, number in self.bare.items() if shown[id] != number),
            *(f"{id}: {mine[UserId(id)]}" for id, number in self.numbers.items() if mine[UserId(id)] != number),
        ]

    def used(self, sparkle: Sparkle) -> dict[KeyState, int]:
        """How many numbers are under keys of which state."""
        rows: tuple[RowsUnder, ...] = sparkle.run(KeysInUse(), actor=SYSTEM)
        found: dict[KeyState, int] = {}
        for row in rows:
            if row.purpose is SECRETS:
                found[row.state] = found.get(row.state, 0) + row.rows
        return found


if __name__ == "__main__":
    child(sys.argv[1], sys.argv[2])
