"""A process that writes to the documented dbm store until it is killed, or until its disk takes no more.

Each transaction touches every shape, so that half of one would show. The process says a transaction's number on its
standard output once that has returned.
"""

import os
import resource
import signal
import sys
from pathlib import Path

from sparkle_core.domain.kernel.errors import Unavailable
from sparkle_core.domain.kernel.stored import gt
from sparkle_core.ports.driving import drive
from sparkle_core.ports.store import Body, Transaction
from sparkle_core.testing.contracts.shapes import FOLLOWS, LIKES, MEMBERS, NOON, NOTES, Member, Note, uid
from sparkle_dbm.store import DbmStore

CHECKPOINT_AT = 40
"""So that there are many: each transaction changes seven keys."""


def numbered(number: int) -> Body[None]:
    """The transaction of a number, from one on: one more in every shape."""

    async def body(tx: Transaction) -> None:
        tx.records.save(MEMBERS, Member(id=uid(number), name=f"name {number}"))
        tx.records.append(NOTES, Note(id=uid(number), member=uid(number), line="x" * 100, at=NOON))
        await tx.records.add(FOLLOWS, uid(number), uid(0), "follow", NOON)
        tx.records.bump(LIKES, uid(0), "like")

    return body


def kept(store: DbmStore) -> int:
    """How many transactions are kept: every shape must say the same."""

    async def counted(tx: Transaction) -> set[int]:
        r = tx.records
        members, notes = 0, 0
        while page := await r.find(MEMBERS, gt("id", uid(members))):
            members += len(page)
            assert [m.id.int for m in page][-1] == members, "one is missing in between"
            notes += len(await r.page(NOTES, *(gt("id", uid(notes)),)))
        likes = await r.counts(LIKES, [uid(0)])
        return {members, notes, await r.degree(FOLLOWS, uid(0), "follow"), likes.get((uid(0), "like"), 0)}

    (number,) = drive(store.read(counted))
    return number


def child(folder: str, at_most: int) -> None:
    """Work until killed; or, with files of `at_most` bytes, until refused, and say what is kept then."""
    store = DbmStore(Path(folder), checkpoint_at=CHECKPOINT_AT if at_most == resource.RLIM_INFINITY else sys.maxsize)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at_most, resource.RLIM_INFINITY))
    number = kept(store)
    while True:
        try:
            drive(store.transact(numbered(number + 1)))
        except Unavailable:
            break
        number += 1
        os.write(1, b"%d\n" % number)
    assert kept(store) == number
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))  # there is room again
    try:
        drive(store.transact(numbered(number + 1)))
    except Unavailable:
        os.write(1, b"refused\n")


if __name__ == "__main__":
    child(sys.argv[1], int(sys.argv[2]))
