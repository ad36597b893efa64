"""Members for the suites of stores: made, kept and found."""

from datetime import UTC, datetime
from typing import Any

from sparkle_core.domain.kernel.fields import INT64_MAX, INT64_MIN
from sparkle_core.domain.kernel.stored import Clause
from sparkle_core.ports.store import Store, Transaction
from sparkle_core.testing.contracts.shapes import MEMBERS, Circle, Colour, Everything, Member, Point, uid
from sparkle_core.testing.contracts.staging import Stage


def member(number: int, **fields: Any) -> Member:
    return Member(id=uid(number), **{"name": f"name {number}", **fields})


def keep(stage: Stage[Store], *members: Member) -> list[Member]:
    """Members saved, in a transaction of their own."""

    async def body(tx: Transaction) -> list[Member]:
        return [tx.records.save(MEMBERS, m) for m in members]

    return stage.transact(body)


def found(stage: Stage[Store], *where: Clause, **how: Any) -> list[int]:
    """The numbers of the members that a query finds, in its order."""

    async def body(tx: Transaction) -> list[int]:
        return [m.id.int for m in await tx.records.find(MEMBERS, *where, **how)]

    return stage.read(body)


def one(stage: Stage[Store], number: int, *, deleted: bool = False) -> Member | None:
    async def body(tx: Transaction) -> Member | None:
        return await tx.records.get(MEMBERS, uid(number), deleted=deleted)

    return stage.read(body, one_statement=True)


FULL = Everything(
    id=uid(1),
    key=uid(2**128 - 1),
    other=uid(0),
    whole=INT64_MAX,
    some=INT64_MIN,
    text='naïve 🜁 \U0010ffff "quoted" \\ %_\n\r\t',
    words="",
    flag=True,
    maybe=False,
    colour=Colour.BLUE,
    tint=Colour.RED,
    at=datetime(2, 1, 1, tzinfo=UTC),
    until=datetime(9998, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    point=Point(x=-1, y=INT64_MIN, note="here\x7f"),
    places=(Point(x=1, y=2), Point(x=3, y=4, note="é")),
    names=("a", "", "🜁"),
    figure=Circle(centre=Point(x=0, y=0), radius=INT64_MAX),
    absent=Point(x=5, y=5),
    table={"": "empty", "clé": "val\u2028ue"},
)

BARE = Everything(id=uid(2), key=uid(3))
