"""Time in tests: the seeded world's, moved by hand."""

from datetime import timedelta

from sparkle_adapters.memory.world import SeededWorld
from sparkle_bootstrap import Sparkle


def later(sparkle: Sparkle, **by: float) -> None:
    """So much later; `by` as for a timedelta."""
    assert isinstance(sparkle.world, SeededWorld)
    sparkle.world.advance(timedelta(**by))
