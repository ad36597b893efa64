"""The contract of `World` and its `Moment`, held against every adapter: time, ids and chance."""

import base64
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import ClassVar
from uuid import RFC_4122, UUID

import pytest

from sparkle_core.ports.world import Moment, World

DRAWS = 6_000
OFF_BY = 300
"""How far from its share of the draws a number may be: eight standard deviations, so that no honest one ever is."""


class WorldContract:
    """Instants in order, ids that ascend, chance that cannot be told before. Say `make`, and `REPEATS` for a seed."""

    REPEATS: ClassVar[bool] = False
    """Whether all of a moment follows from a seed, so that it is the same once more from its start."""

    def make(self) -> World:
        raise NotImplementedError

    @pytest.fixture
    def world(self) -> World:
        return self.make()

    def test_instants_are_in_utc_and_never_go_back(self, world: World) -> None:
        instants = [world.moment().now for _ in range(50)]
        assert all(i.tzinfo is UTC for i in instants)
        assert instants == sorted(instants)

    def test_a_moment_stays_at_its_instant(self, world: World) -> None:
        """Stops one command from dating what it does twice, to either side of the end of a day."""
        moment = world.moment()
        before = moment.now
        world.moment().new_id()
        drawn(moment)
        assert moment.now == before

    def test_ids_are_version_7_unique_and_ascend(self, world: World) -> None:
        ids = [moment.new_id() for moment in (world.moment() for _ in range(50)) for _ in range(20)]
        assert {(i.version, i.variant) for i in ids} == {(7, RFC_4122)}
        assert ids == sorted(set(ids))

    def test_ids_are_unique_among_moments_side_by_side(self, world: World) -> None:
        def some_ids(_: int) -> list[UUID]:
            moment = world.moment()
            return [moment.new_id() for _ in range(20)]

        with ThreadPoolExecutor(8) as pool:
            ids = [id for found in pool.map(some_ids, range(200)) for id in found]
        assert len(set(ids)) == 4_000

    @pytest.mark.parametrize("size", [1, 16, 20, 32, 100])
    def test_a_token_is_of_so_many_bytes_and_can_stand_in_an_address(self, world: World, size: int) -> None:
        token = world.moment().token(size)
        assert token.isascii()
        assert token.replace("-", "").replace("_", "").isalnum()
        assert len(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))) == size

    def test_tokens_differ_and_have_32_bytes_unless_others_are_asked_for(self, world: World) -> None:
        tokens = [moment.token() for moment in (world.moment() for _ in range(20)) for _ in range(20)]
        assert (len(set(tokens)), {len(token) for token in tokens}) == (400, {43})

    def test_every_number_below_a_bound_comes_as_often(self, world: World) -> None:
        """Stops codes and draws from being easier to guess than they look."""
        moment = world.moment()
        found = Counter(moment.below(6) for _ in range(DRAWS))
        assert sorted(found) == [0, 1, 2, 3, 4, 5]
        assert [number for number, many in found.items() if abs(many - DRAWS // 6) > OFF_BY] == []
        assert {moment.below(1) for _ in range(20)} == {0}

    def test_from_its_start_a_seeded_moment_is_the_same_and_another_has_ids_of_its_own(self, world: World) -> None:
        """Stops a transaction that lost a race from meeting its own ids of before, where nothing is seeded."""
        moment = world.moment()
        first, instant = drawn(moment), moment.now
        again = moment.again()
        assert (again.now == instant) if self.REPEATS else (again.now >= instant)
        assert (drawn(again) == first) is self.REPEATS
        assert drawn(world.moment()) != first


def drawn(moment: Moment) -> list[object]:
    """Some of everything there is in a moment."""
    return [moment.new_id(), moment.new_id(), moment.token(), moment.below(10**9)]
