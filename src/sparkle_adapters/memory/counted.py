"""Places in order that know how many come before each: the skip list of `sparkle_adapters/places.py` in blocks."""

from bisect import bisect_left, bisect_right

from attrs import field, mutable

from sparkle_adapters.places import LEVELS


@mutable(eq=False)
class Block:
    """What lies between two towers of one level: places on the lowest, blocks above.

    `keys`: the places, or the first place of each block below; `sizes`: how many places each of those has in it.
    """

    keys: list[str]
    below: "list[Block]" = field(factory=list)
    sizes: list[int] = field(factory=list)

    @property
    def size(self) -> int:
        """How many places there are in it."""
        return sum(self.sizes) if self.below else len(self.keys)


class CountedPlaces:
    """Adds, removes, counts and finds in O(log n): a few blocks of some sixty-four entries each."""

    def __init__(self) -> None:
        self._root = Block([])
        for _ in range(LEVELS):
            self._root = Block([""], [self._root], [0])

    def __len__(self) -> int:
        return self._root.size

    def add(self, place: str, height: int) -> None:
        """Put a place in; it is a tower of so many levels."""
        _add(self._root, LEVELS, place, height)

    def remove(self, place: str) -> None:
        """Take a place out. What its tower kept apart becomes one block again."""
        block = self._root
        for _ in range(LEVELS):
            at = bisect_right(block.keys, place) - 1
            if block.keys[at] == place:  # never the first: the block above would have joined this one to its left
                right = block.below.pop(at)
                block.sizes[at - 1] += block.sizes.pop(at)
                del block.keys[at]
                at -= 1
                left = block.below[at]
                left.keys += right.keys
                left.below += right.below
                left.sizes += right.sizes
            block.sizes[at] -= 1
            block = block.below[at]
        del block.keys[bisect_left(block.keys, place)]

    def before(self, place: str) -> int:
        """How many places sort before some text."""
        count, block = 0, self._root
        for _ in range(LEVELS):
            at = bisect_right(block.keys, place) - 1
            count += sum(block.sizes[:at])
            block = block.below[at]
        return count + bisect_left(block.keys, place)

    def some(self, start: int, count: int) -> list[str]:
        """At most so many places from the one on that has `start` before it."""
        found: list[str] = []
        _collect(self._root, LEVELS, start, count, found)
        return found


def _add(block: Block, level: int, place: str, height: int) -> Block | None:
    """Add within a block; answers the block that the place begins, if its tower reaches that high."""
    if level == 0:
        at = bisect_left(block.keys, place)
        block.keys.insert(at, place)
        return _split(block, at) if height > 0 else None
    at = bisect_right(block.keys, place) - 1
    begun = _add(block.below[at], level - 1, place, height)
    block.sizes[at] += 1
    if begun is None:
        return None
    block.keys.insert(at + 1, place)
    block.below.insert(at + 1, begun)
    block.sizes.insert(at + 1, begun.size)
    block.sizes[at] -= begun.size
    return _split(block, at + 1) if height > level else None


def _split(block: Block, at: int) -> Block:
    """Cut a block in two; answers the second part."""
    second = Block(block.keys[at:], block.below[at:], block.sizes[at:])
    del block.keys[at:], block.below[at:], block.sizes[at:]
    return second


def _collect(block: Block, level: int, skip: int, count: int, found: list[str]) -> None:
    if level == 0:
        found += block.keys[skip : skip + count - len(found)]
        return
    for below, size in zip(block.below, block.sizes, strict=True):
        if skip >= size:
            skip -= size
            continue
        _collect(below, level - 1, skip, count, found)
        skip = 0
        if len(found) >= count:
            return
