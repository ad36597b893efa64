"""Places in order that know how many come before each: the skip list of `sparkle_adapters/places.py` in blocks."""

from bisect import bisect_left, bisect_right

from attrs import field, mutable

from sparkle_adapters.places import LEVELS


@mutable(eq=False)
class Block:
    """What lies between two towers of one level: places on the lowest, blocks above.

    `keys`: the places, or the first place of each block below; `size`: how many places there are in it.
    """

    keys: list[str]
    below: "list[Block]" = field(factory=list)
    size: int = 0


class CountedPlaces:
    """Adds, removes, counts and finds in O(log n): a few blocks of some sixty-four entries each."""

    def __init__(self) -> None:
        self._root = Block([])
        for _ in range(LEVELS):
            self._root = Block([""], [self._root])

    def __len__(self) -> int:
        return self._root.size

    def add(self, place: str, height: int) -> None:
        """Put a place in; it is a tower of so many levels."""
        _add(self._root, LEVELS, place, height)

    def remove(self, place: str) -> None:
        """Take a place out. What its tower kept apart becomes one block again."""
        block = self._root
        for _ in range(LEVELS):
            block.size -= 1
            at = bisect_right(block.keys, place) - 1
            if block.keys[at] == place:  # never the first: the block above would have joined this one to its left
                right = block.below.pop(at)
                del block.keys[at]
                at -= 1
                left = block.below[at]
                left.keys += right.keys
                left.below += right.below
                left.size += right.size
            block = block.below[at]
        block.size -= 1
        del block.keys[bisect_left(block.keys, place)]

    def before(self, place: str) -> int:
        """How many places sort before some text."""
        count, block = 0, self._root
        for _ in range(LEVELS):
            at = bisect_right(block.keys, place) - 1
            count += sum(skipped.size for skipped in block.below[:at])
            block = block.below[at]
        return count + bisect_left(block.keys, place)

    def some(self, start: int, count: int) -> list[str]:
        """At most so many places from the one on that has `start` before it."""
        found: list[str] = []
        _collect(self._root, LEVELS, start, count, found)
        return found


def _add(block: Block, level: int, place: str, height: int) -> Block | None:
    """Add within a block; answers the block that the place begins, if its tower reaches that high."""
    block.size += 1
    if level == 0:
        at = bisect_left(block.keys, place)
        block.keys.insert(at, place)
        return _split(block, at) if height > 0 else None
    at = bisect_right(block.keys, place) - 1
    begun = _add(block.below[at], level - 1, place, height)
    if begun is None:
        return None
    block.keys.insert(at + 1, place)
    block.below.insert(at + 1, begun)
    return _split(block, at + 1) if height > level else None


def _split(block: Block, at: int) -> Block:
    """Cut a block in two; answers the second part."""
    second = Block(block.keys[at:], block.below[at:])
    second.size = sum(b.size for b in second.below) if second.below else len(second.keys)
    del block.keys[at:], block.below[at:]
    block.size -= second.size
    return second


def _collect(block: Block, level: int, skip: int, count: int, found: list[str]) -> None:
    if level == 0:
        found += block.keys[skip : skip + count - len(found)]
        return
    for below in block.below:
        if skip >= below.size:
            skip -= below.size
            continue
        _collect(below, level - 1, skip, count, found)
        skip = 0
        if len(found) >= count:
            return
