"""kill -9 at random moments of a rotation: no secret is lost, and it ends with no row under an older key.

Stops a key from being forgotten while a row needs it, a row from being written half, and a rotation from beginning
where nobody goes on; on both databases, with a real process, while people change their numbers.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from sparkle_adapters.crypto.key_file import KeyFile
from sparkle_core.application.rotation import KeyState
from tests.communities import SQL_STORES, fresh_database
from tests.rotating import SECRETS, Rotated, opened, rotate_once
from tests.support.people import member

PEOPLE = 3


@pytest.fixture(params=SQL_STORES)
def rotated(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rotated]:
    """A community of a few people and many numbers, on a database that outlives whoever works on it."""
    keys = KeyFile(tmp_path / "keys.json")
    keys.make()
    with fresh_database(request.param) as url:
        with opened(url, keys, inline=True) as sparkle:
            people = [member(sparkle, f"person_{n}").actor for n in range(PEOPLE)]
        yield Rotated(url, keys, people)


def killed_again_and_again(rotated: Rotated, deaths: int, rows: int, seed: int) -> None:
    moment = random.Random(seed)
    rotated.fill(rows)
    for _ in range(deaths):
        rotated.live(moment.randint(1, 12), moment)
        with opened(rotated.url, rotated.keys) as sparkle:
            assert rotated.lost(sparkle) == []
            assert KeyState.MISSING not in rotated.used(sparkle)
    assert len(rotated.numbers) == PEOPLE
    with opened(rotated.url, rotated.keys) as sparkle:
        rotate_once(sparkle, rotated.keys)
        assert rotated.lost(sparkle) == []
        assert rotated.used(sparkle) == {KeyState.ACTIVE: rows + PEOPLE}
    assert rotated.keys.ids(SECRETS) == (rotated.keys.active(SECRETS),)
    said = {line.split()[0] for line in rotated.steps if line}
    assert said >= {"added", "promoted", "retired"}, "the deaths did not come in all phases"


def test_a_rotation_killed_4_times_loses_nothing(rotated: Rotated) -> None:
    killed_again_and_again(rotated, deaths=4, rows=40, seed=11)


@pytest.mark.soak
def test_a_rotation_killed_60_times_loses_nothing(rotated: Rotated) -> None:
    killed_again_and_again(rotated, deaths=60, rows=400, seed=random.randrange(2**32))
