"""Running a coroutine that must not wait, in one synchronous stretch."""

from collections.abc import Coroutine
from contextvars import ContextVar
from typing import Any, TypeVar

R = TypeVar("R")


class Waited(RuntimeError):
    """Something waited inside a transaction of a store that never waits."""

    def __init__(self) -> None:
        super().__init__(
            "a transaction's body tried to wait on something outside the transaction; move that into the "
            "use case's prepare, or record the intent and let the worker act"
        )


def drive(coroutine: Coroutine[Any, Any, R]) -> R:
    """Run to the end without a loop. Raises `Waited` into and out of a body that suspends."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        answer: R = end.value
        return answer
    try:
        coroutine.throw(Waited())
    except StopIteration:  # the body swallowed it: refused all the same
        pass
    finally:
        coroutine.close()
    raise Waited


class NestedTransaction(RuntimeError):
    """A transaction's body asked its store for another one."""

    def __init__(self) -> None:
        super().__init__("a transaction's body cannot open another one; use the records and the ledger it was given")


_inside: ContextVar[bool] = ContextVar("inside a transaction", default=False)


class one_transaction:  # reads as what it does: `with one_transaction():`
    """Hold that no transaction is open in this flow of control. Raises `NestedTransaction`."""

    __slots__ = ("_token",)

    def __enter__(self) -> None:
        if _inside.get():
            raise NestedTransaction
        self._token = _inside.set(True)

    def __exit__(self, *raised: object) -> None:
        _inside.reset(self._token)
