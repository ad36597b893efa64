"""Leaving a server alone for a while after it was lost, so that not everybody waits for it again and again."""

import time
from collections.abc import Callable

from attrs import field, mutable


@mutable(eq=False)
class Rest:
    """For `seconds` after a server was lost nobody asks it; then one tries for all, and the others go on without.

    >>> now = [0.0]
    >>> rest = Rest(5.0, lambda: now[0])
    >>> rest.begin(), [rest.over(), rest.over()]
    (True, [False, False])
    >>> now[0] = 5.0
    >>> [rest.over(), rest.over()], rest.end(), [rest.over(), rest.over()]
    ([True, False], True, [True, True])
    """

    seconds: float
    clock: Callable[[], float] = time.monotonic
    _until: float | None = field(default=None, init=False)

    def over(self) -> bool:
        """Whether whoever asks this may ask the server; the first after a rest prolongs it for the others."""
        if self._until is None:
            return True
        if self.clock() < self._until:
            return False
        self._until = self.clock() + self.seconds
        return True

    def begin(self) -> bool:
        """The server is lost; whether it was there until now."""
        there = self._until is None
        self._until = self.clock() + self.seconds
        return there

    def end(self) -> bool:
        """The server has answered; whether it was lost until now."""
        lost, self._until = self._until is not None, None
        return lost
