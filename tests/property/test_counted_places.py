"""Places that are counted: whatever comes and goes, with towers of whatever height, it is as a sorted list."""

from bisect import bisect_left
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from sparkle_adapters.memory.counted import CountedPlaces
from sparkle_adapters.places import LEVELS, height_of, just_after, just_before, place_of, text_of
from sparkle_core.domain.kernel.fields import INT64_MAX, UserId
from sparkle_core.ports.leaderboards import Place

names = st.text("0123456789abcdef", min_size=1, max_size=3)
moves = st.lists(st.tuples(names, st.integers(0, LEVELS)), max_size=80)
"""A name that is there leaves; one that is not comes, with a tower of that height."""

places = st.builds(
    Place,
    st.integers(1, INT64_MAX),
    st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=st.just(UTC)),
    st.uuids().map(UserId),
)


@given(moves, names, st.integers(0, 30), st.integers(0, 30))
def test_they_are_as_a_sorted_list(changes: list[tuple[str, int]], probe: str, start: int, count: int) -> None:
    counted, model = CountedPlaces(), list[str]()
    for name, height in changes:
        if name in model:
            counted.remove(name)
            model.remove(name)
        else:
            counted.add(name, height)
            model.insert(bisect_left(model, name), name)
    assert len(counted) == len(model)
    assert counted.some(0, len(model) + 1) == model
    assert counted.some(start, count) == model[start : start + count]
    assert counted.before(probe) == bisect_left(model, probe)
    assert [counted.before(name) for name in model] == list(range(len(model)))


@given(st.permutations([(f"{n:02x}", (n * 7) % (LEVELS + 1)) for n in range(40)]))
def test_the_same_places_make_the_same_blocks_in_whatever_order_they_came(order: list[tuple[str, int]]) -> None:
    def made(some: list[tuple[str, int]]) -> object:
        counted = CountedPlaces()
        for name, height in some:
            counted.add(name, height)
        return _shape(counted._root)

    assert made(order) == made(sorted(order))


def _shape(block: object) -> object:
    keys, below, sizes = (getattr(block, name) for name in ("keys", "below", "sizes"))
    return keys, [_shape(b) for b in below], sizes


@given(places, places)
def test_a_place_sorts_as_its_text_does(one: Place, other: Place) -> None:
    def key(place: Place) -> tuple[object, ...]:
        return -place.score, place.reached_at, place.user_id

    assert place_of(text_of(one)) == one
    assert (text_of(one) < text_of(other)) == (key(one) < key(other))
    assert len(text_of(one)) == len(text_of(other))
    assert just_before(text_of(one)) < text_of(one) < just_after(text_of(one))
    assert just_after(just_before(text_of(one))) == text_of(one)


def test_one_place_in_sixty_four_is_a_tower_and_one_in_sixty_four_of_those_a_higher_one() -> None:
    heights = [height_of(UUID(int=n)) for n in range(200_000)]
    assert 0.014 < sum(h >= 1 for h in heights) / 200_000 < 0.0172  # 1/64 is 0.0156
    assert 25 < sum(h >= 2 for h in heights) < 80
