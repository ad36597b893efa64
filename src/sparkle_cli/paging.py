"""Lists longer than a page of them."""

from collections.abc import Iterator
from typing import Annotated, Any, TypeVar, cast

from attrs import evolve
from cyclopts import Parameter
from cyclopts.validators import Number

from sparkle_bootstrap import Sparkle
from sparkle_cli.options import Whole
from sparkle_core.application.kernel.commands import Query
from sparkle_core.domain.kernel.actors import SYSTEM, Actor
from sparkle_core.domain.kernel.pages import Page

T = TypeVar("T")

A_PAGE = 100
EVERYTHING = 2**63 - 1

Limit = Annotated[Whole, Parameter(help="At most so many.", validator=Number(gte=1))]


def first(sparkle: Sparkle, asked: Query[Page[T]], most: int, actor: Actor = SYSTEM) -> Iterator[T]:
    """The first items of a list, at most so many, in pages as large as they can be."""
    following: Any = asked
    while most > 0:
        page = sparkle.run(cast("Query[Page[T]]", evolve(following, limit=min(A_PAGE, most))), actor=actor)
        yield from page.items
        most -= len(page.items)
        if page.next is None:
            return
        following = evolve(following, after=page.next)
