"""A copy of all that is held about a person: asked for by them, made by the worker, fetched for some days.

Source: docs/contexts/accounts.md. What is in it follows from the same declarations as what erasing takes away.
"""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.limiting import counted
from sparkle_core.application.kernel.work import Preparation, Work
from sparkle_core.application.shared.archives import Archive, Reads, archive_of
from sparkle_core.application.shared.holdings import Holdings
from sparkle_core.domain.accounts import EXPORT_PARTS, EXPORTS, PEOPLE
from sparkle_core.domain.accounts.exports import PATIENCE, Export, ExportPart
from sparkle_core.domain.accounts.people import StoredStatus
from sparkle_core.domain.accounts.rules import AccountsRules, SecurityRules
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.errors import CannotOpen, NotFound
from sparkle_core.domain.kernel.fields import Instant, Record, UserId
from sparkle_core.domain.kernel.sealed import LONGEST
from sparkle_core.domain.kernel.stored import NEWEST_FIRST, Order, eq
from sparkle_core.ports.security import Cipher, Place, RateLimiter
from sparkle_core.ports.store import Transaction
from sparkle_core.ports.text import Codec

TEXTS = 80
"""Sealed texts in a part: with 8 KiB sealed in each, a part has fewer than a million characters."""
PARTS_READ = 4


@frozen(kw_only=True)
class ExportView(Record):
    """A copy of one's data: when it was asked for, since when and until when it can be fetched, its size in bytes."""

    id: UUID
    requested_at: Instant
    ready_at: Instant | None
    expires_at: Instant
    size: int


@frozen(kw_only=True)
class RequestExport(Command[ExportView]):
    """Ask for a copy of everything that is held about oneself. A letter says when it can be fetched, for 48 hours.

    Raises `Limited` past two a day.
    """


@frozen(kw_only=True)
class MyExports(Query[tuple[ExportView, ...]]):
    """The copies that one has asked for and that have not expired, newest first."""


@frozen(kw_only=True)
class FetchExport(Query[Archive]):
    """Fetch a copy of one's data: a ZIP file. Raises `NotFound` for one that is somebody else's, not ready or expired.

    Like asking for it, this takes a fresh proof of who one is: it is everything, in one file.
    """

    export_id: UUID


@frozen(kw_only=True)
class MakeExport(Command[None]):
    """Make the copy that somebody asked for."""

    export_id: UUID


@frozen(kw_only=True)
class ExportOf(Command[Archive]):
    """Make a copy of everything that is held about a person, at once. It changes nothing, and is a command so that
    the audit log says who took it. Raises `NotFound`.
    """

    user_id: UserId


async def allow_export(cmd: RequestExport, prep: Preparation, *, limiter: RateLimiter, security: SecurityRules) -> None:
    await counted(limiter, f"export:{prep.actor.name}", security.exports_per_person, prep.now, limit="exports")


async def request_export(cmd: RequestExport, work: Work, _: None) -> ExportView:
    export = Export(
        id=work.new_id(), user_id=work.user_id, requested_at=work.now, expires_at=work.now + PATIENCE
    ).requested()
    work.note(work.user_id)
    return _view(work.save(EXPORTS, export))


async def collect(
    cmd: MakeExport, prep: Preparation, *, holdings: Holdings, codec: Codec, cipher: Cipher
) -> bytes | None:
    """The archive, of what one snapshot has; None for an export that is made already, or nobody's any more."""

    async def body(tx: Transaction) -> bytes | None:
        export = await tx.records.get(EXPORTS, cmd.export_id)
        if export is None or export.ready_at is not None:
            return None
        reads = Reads(tx.records, tx.ledger, holdings, codec, cipher)
        return (await archive_of(reads, export.user_id, prep.now)).data

    return await prep.store.read(body)


async def make_export(cmd: MakeExport, work: Work, data: bytes | None, *, cipher: Cipher, rules: AccountsRules) -> None:
    export = await work.store.get(EXPORTS, cmd.export_id)
    if export is None or data is None or export.ready_at is not None:
        return
    person = await work.store.hold(PEOPLE, export.user_id)  # so that nothing is kept of who is being erased meanwhile
    if person is None or person.stored_status is StoredStatus.DELETED:
        return
    made = export.ready(work.now, size=len(data), kept=rules.export_kept)
    whole = TEXTS * LONGEST
    for number, start in enumerate(range(0, len(data), whole)):
        id = work.new_id()
        part = ExportPart(
            id=id,
            export_id=export.id,
            user_id=export.user_id,
            number=number,
            data="\n".join(_sealed(cipher, id, data[start : start + whole])),
            expires_at=made.expires_at,
        )
        work.save(EXPORT_PARTS, part)
    work.save(EXPORTS, made)


def _sealed(cipher: Cipher, part: UUID, data: bytes) -> list[str]:
    pieces = [data[start : start + LONGEST] for start in range(0, len(data), LONGEST)]
    return [cipher.seal(_place(part, n), piece) for n, piece in enumerate(pieces)]


def _place(part: UUID, number: int) -> Place:
    """Each text is sealed for its own place, so that no two can be exchanged."""
    return Place(EXPORT_PARTS.name, f"data {number}", part)


async def my_exports(query: MyExports, work: Work) -> tuple[ExportView, ...]:
    exports = await work.store.find(EXPORTS, eq("user_id", work.user_id), order=NEWEST_FIRST)
    return tuple(_view(export) for export in exports if work.now < export.expires_at)


async def fetch_export(query: FetchExport, work: Work, *, cipher: Cipher) -> Archive:
    export = await work.store.get(EXPORTS, query.export_id)
    if export is None or export.user_id != work.user_id or not export.open_at(work.now):
        raise NotFound("export")
    try:
        data = b"".join([piece async for piece in _opened(work, export, cipher)])
    except CannotOpen:  # its key was retired since
        raise NotFound("export") from None
    assert export.ready_at is not None
    return Archive.named(export.ready_at, data)


async def _opened(work: Work, export: Export, cipher: Cipher) -> AsyncIterator[bytes]:
    after: tuple[Any, UUID] | None = None
    while True:
        of_export = eq("export_id", export.id)
        parts = await work.store.find(EXPORT_PARTS, of_export, order=Order("number"), after=after, limit=PARTS_READ)
        for part in parts:
            for number, text in enumerate(part.data.splitlines()):
                yield cipher.open(_place(part.id, number), text)
        if len(parts) < PARTS_READ:
            return
        after = (parts[-1].number, parts[-1].id)


async def export_of(cmd: ExportOf, work: Work, *, holdings: Holdings, codec: Codec, cipher: Cipher) -> Archive:
    archive = await archive_of(Reads(work.store, work.ledger, holdings, codec, cipher), cmd.user_id, work.now)
    work.note(cmd.user_id)
    return archive


def _view(export: Export) -> ExportView:
    return ExportView(
        id=export.id,
        requested_at=export.requested_at,
        ready_at=export.ready_at,
        expires_at=export.expires_at,
        size=export.size,
    )


USE_CASES = (
    UseCase(RequestExport, request_export, Permission.READ_OWN, prepare=allow_export, step_up=True),
    UseCase(MyExports, my_exports, Permission.READ_OWN),
    UseCase(FetchExport, fetch_export, Permission.READ_OWN, step_up=True),
    UseCase(MakeExport, make_export, Permission.DELIVER, prepare=collect),
    UseCase(ExportOf, export_of, Permission.DELIVER, secret_answer=True),
)
