"""Commands, queries and use cases: what can be asked, and who answers."""

from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, Generic, TypeVar, get_args, get_origin

from attrs import field, frozen

from sparkle_core.application.kernel.batching import Needs
from sparkle_core.domain.kernel.actors import Actor, Permission
from sparkle_core.domain.kernel.errors import SparkleError
from sparkle_core.domain.kernel.fields import Record

R = TypeVar("R")


class Command(Record, Generic[R]):
    """Base of every command: a frozen record that carries its answer's type."""

    __slots__ = ()


class Query(Record, Generic[R]):
    """Base of every query: reads in one statement or one snapshot, changes nothing."""

    __slots__ = ()


Request = Command[R] | Query[R]


@cache
def answer_of(request: type) -> Any:
    """The answer's type of a command or query class."""
    for base in getattr(request, "__orig_bases__", ()):
        if get_origin(base) in (Command, Query):
            return get_args(base)[0]
    raise TypeError(f"{request.__name__} does not say its answer: derive it from Command[R] or Query[R]")


@frozen
class Refused:
    """A refusal whose changes must stay (a counted try): committed first, then raised."""

    error: SparkleError


Handler = Callable[..., Coroutine[Any, Any, Any]]


async def as_prepared(request: Any, work: Any, answer: R) -> R:
    """The handler of a query that its preparation has answered: it takes no transaction of its own."""
    return answer


@frozen
class UseCase:
    """A request and what handles it.

    `permission` is what the caller needs; there is no default. `prepare` runs before the
    transaction, may wait on the world, and its answer is the handler's third argument. `tier`
    names the rate tier (by default "read" for queries, "write" for commands; "" for none).
    `step_up`: it takes a proof of who one is, as fresh as the rules say. `secret_answer`: takes no
    idempotency key. `one_statement`: a query that reads with a single statement; it
    takes no transaction, and its caller's standing is as of a moment before. `standing`: how a query
    reads its caller's standing along with what it answers, in place of the usual way. `batched`: what
    the command reads, from the command, its actor and its key; many at once then run in one
    transaction (`kernel/batching.py`), and there is no prepare.
    Handlers and prepares name the rules and ports they use as keyword arguments; the composition
    root fills them in by their annotations.
    """

    request: type
    handler: Handler
    permission: Permission
    prepare: Handler | None = None
    tier: str | None = None
    step_up: bool = False
    secret_answer: bool = False
    one_statement: bool = False
    standing: Handler | None = None
    batched: Callable[[Any, Actor, str | None], Needs] | None = None

    is_query: bool = field(init=False)
    rate_tier: str = field(init=False)

    @is_query.default
    def _is_query(self) -> bool:
        return issubclass(self.request, Query)

    @rate_tier.default
    def _rate_tier(self) -> str:
        return self.tier if self.tier is not None else "read" if self.is_query else "write"
