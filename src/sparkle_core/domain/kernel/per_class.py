"""What is made once for each class, such as the function that checks its values."""

from collections.abc import Callable
from typing import TypeVar

V = TypeVar("V")


class PerClass(dict[type, V]):
    """By class, made when first asked for. A look-up costs no call in Python, since values are made all the time.

    >>> names = PerClass(lambda cls: cls.__name__.lower())
    >>> names[int], names
    ('int', {<class 'int'>: 'int'})
    """

    def __init__(self, make: Callable[[type], V]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, cls: type) -> V:
        made = self[cls] = self._make(cls)
        return made
