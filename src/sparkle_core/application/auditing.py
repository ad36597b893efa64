"""The audit log as it is read, chained and verified. Source: docs/security.md."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeVar
from uuid import UUID

from attrs import frozen

from sparkle_core.application.kernel.commands import Command, Query, UseCase
from sparkle_core.application.kernel.work import Work
from sparkle_core.domain.kernel.actors import Permission
from sparkle_core.domain.kernel.auditing import (
    AUDIT,
    AUDIT_HEADS,
    AUDIT_LINKS,
    AUDIT_VALUES,
    AUDIT_WAITING,
    HEAD_ID,
    AuditEntry,
    AuditHead,
    AuditLink,
    AuditValue,
    AuditVerification,
    AuditWaiting,
    Part,
    Verifying,
)
from sparkle_core.domain.kernel.digests import KeyedDigest
from sparkle_core.domain.kernel.errors import Invalid
from sparkle_core.domain.kernel.fields import INT64_MAX, Instant, Record, Text, Whole
from sparkle_core.domain.kernel.pages import Cursor, Limit, Page, page_of, position_of
from sparkle_core.domain.kernel.stored import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    PAGE_MAX,
    Clause,
    Log,
    Order,
    eq,
    gt,
    lt,
    within,
)
from sparkle_core.ports.security import KeyedHash

E = TypeVar("E", bound=Record)

UNREADABLE = (ValueError, LookupError, TypeError)
"""What reading raises of a row that nothing here has written."""

FEW = 40
"""Entries looked at in one go: with at most four values each, fewer rows than a page has."""


@frozen(kw_only=True)
class AuditView(Record):
    """An entry with what is left of its values: those that were erased are empty, and named in `erased`."""

    id: UUID
    at: Instant
    actor: str
    command: str
    subject: UUID | None
    outcome: str
    request_id: UUID | None
    address: str | None
    content: str | None
    before: str | None
    after: str | None
    erased: tuple[str, ...]


@frozen(kw_only=True)
class AuditLog(Query[Page[AuditView]]):
    """The audit log, newest first, or oldest first `since` an instant; all filters hold together.

    `actor`: `user:ID`, `operator:NAME`, `system` or `anonymous`. What is of the very instant `since` is in,
    what is of `until` is not.
    """

    actor: Annotated[str, Text(1, 64)] | None = None
    subject: UUID | None = None
    command: Annotated[str, Text(1, 100)] | None = None
    since: Instant | None = None
    until: Instant | None = None
    forward: bool = False
    after: Cursor | None = None
    limit: Limit = 20


@frozen(kw_only=True)
class VerifyAudit(Query[AuditVerification]):
    """Hold every row of the audit log against its chain: each that was changed, deleted, inserted or moved is named.

    `head` and `mac`, both or neither, are those of an earlier verification: a chain that does not go through there any
    more is a fault. Raises `Invalid` for one without the other.
    """

    head: Annotated[int, Whole(1, INT64_MAX)] | None = None
    mac: Annotated[str, Text(64, 64)] | None = None


@frozen(kw_only=True)
class Chained(Record):
    """How many entries were linked."""

    entries: int


@frozen(kw_only=True)
class ChainAudit(Command[Chained]):
    """Link entries that wait for it into the chain, at most 200, oldest first.

    One that is not as it was written is left where it is, for `VerifyAudit` to name.
    """


async def audit_log(query: AuditLog, work: Work) -> Page[AuditView]:
    scope = (query.actor, query.subject, query.command, query.since, query.until, query.forward)
    place = position_of(query.after, "audit", scope, (UUID,))
    entries = await work.store.page(
        AUDIT,
        *_where(query),
        order=OLDEST_FIRST if query.forward else NEWEST_FIRST,
        after=(place[0], place[0]) if place else None,
        limit=query.limit + 1,
    )
    page = page_of(entries, query.limit, "audit", scope, lambda e: (e.id,))
    values = await _values_of(work, [entry.id for entry in page.items], [])
    return Page(tuple(_view(entry, values.get(entry.id, [])) for entry in page.items), page.next)


def _where(query: AuditLog) -> list[Clause]:
    same = (("actor", query.actor), ("subject", query.subject), ("command", query.command))
    where = [eq(name, value) for name, value in same if value is not None]
    if query.since is not None:
        where.append(gt("at", query.since - datetime.resolution))  # stores compare strictly
    if query.until is not None:
        where.append(lt("at", query.until))
    return where


def _view(entry: AuditEntry, values: Iterable[AuditValue]) -> AuditView:
    held = {value.part: value.value for value in values}
    erased = tuple(part.value for part, hash in entry.commitments.items() if hash is not None and part not in held)
    return AuditView(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        command=entry.command,
        subject=entry.subject,
        outcome=entry.outcome,
        request_id=entry.request_id,
        address=held.get(Part.ADDRESS),
        content=held.get(Part.CONTENT),
        before=held.get(Part.BEFORE),
        after=held.get(Part.AFTER),
        erased=erased,
    )


async def _values_of(work: Work, entries: Sequence[UUID], broken: list[UUID]) -> dict[UUID, list[AuditValue]]:
    """The values that entries still have; `broken` gets the entries of those that cannot be read."""
    found: dict[UUID, list[AuditValue]] = {}
    for start in range(0, len(entries), FEW):
        for value in await _rows(work, AUDIT_VALUES, "entry_id", entries[start : start + FEW], broken):
            found.setdefault(value.entry_id, []).append(value)
    return found


async def _rows(work: Work, log: Log[E], field: str, ids: Sequence[UUID], broken: list[UUID]) -> list[E]:
    """Rows by an id; `broken` gets the ids of those that nothing here has written."""
    try:
        return await work.store.page(log, within(field, ids))
    except UNREADABLE:
        if len(ids) == 1:
            broken += ids
            return []
        middle = len(ids) // 2
        return [row for some in (ids[:middle], ids[middle:]) for row in await _rows(work, log, field, some, broken)]


async def chain_audit(cmd: ChainAudit, work: Work, *, hashes: KeyedHash) -> Chained:
    head = await work.store.get(AUDIT_HEADS, HEAD_ID) or AuditHead(id=HEAD_ID)
    key, taken, after = chain_key(hashes), list[UUID](), None
    while not taken:
        waiting = await work.store.page(AUDIT_WAITING, order=OLDEST_FIRST, after=after)
        if not waiting:
            return Chained(entries=0)
        entries = await _by_id(work, AUDIT, [one.id for one in waiting])
        for one in waiting:
            entry = entries.get(one.id)
            if entry is None or entry.digest != one.digest:
                continue
            link = head.link(entry.id, entry.digest, key)
            head = head.at(link)
            work.store.append(AUDIT_LINKS, link)
            taken.append(entry.id)
        after = (waiting[-1].id, waiting[-1].id)
    work.save(AUDIT_HEADS, head)
    await work.store.erase(AUDIT_WAITING, taken)
    return Chained(entries=len(taken))


async def _by_id(work: Work, log: Log[Any], ids: Sequence[UUID]) -> dict[UUID, Any]:
    """Rows by their own ids; those that can be read."""
    return {row.id: row for row in await _rows(work, log, "id", ids, [])}


def chain_key(hashes: KeyedHash) -> KeyedDigest:
    """The keyed hash that the chain is made with."""
    return partial(hashes.of, "audit/chain")


async def verify_audit(query: VerifyAudit, work: Work, *, hashes: KeyedHash) -> AuditVerification:
    if (query.head is None) != (query.mac is None):
        raise Invalid.at("mac" if query.mac is None else "head", "head and mac of a verification go together")
    verifying = Verifying(chain_key(hashes))
    if query.head is not None and query.mac is not None:
        verifying.expects(query.head, query.mac)
    await _links(work, verifying)
    verifying.ends(await work.store.get(AUDIT_HEADS, HEAD_ID))
    await _entries(work, verifying)
    await _strays(work, verifying)
    return verifying.found()


async def _links(work: Work, verifying: Verifying) -> None:
    async def found(links: list[AuditLink]) -> None:
        there = await _by_id(work, AUDIT, [link.id for link in links])
        for link in links:
            verifying.linked(link)
        verifying.gone(link.id for link in links if link.id not in there)

    await _each_page(work, verifying, AUDIT_LINKS, Order("number"), PAGE_MAX, lambda link: link.number, found)


async def _entries(work: Work, verifying: Verifying) -> None:
    async def found(entries: list[AuditEntry]) -> None:
        ids = [entry.id for entry in entries]
        links = await _by_id(work, AUDIT_LINKS, ids)
        waiting = await _by_id(work, AUDIT_WAITING, ids)
        broken: list[UUID] = []
        values = await _values_of(work, ids, broken)
        for id in broken:
            verifying.unreadable(AUDIT_VALUES.name, id)
        for entry in entries:
            link, place = links.get(entry.id), waiting.get(entry.id)
            chained, posted = link.digest if link else None, place.digest if place else None
            verifying.entry(entry, chained, posted, values.get(entry.id, []))

    await _each_page(work, verifying, AUDIT, OLDEST_FIRST, FEW, lambda entry: entry.id, found)


async def _strays(work: Work, verifying: Verifying) -> None:
    """What has lost its entry, or never had one."""

    async def of_waiting(places: list[AuditWaiting]) -> None:
        there = await _by_id(work, AUDIT, [place.id for place in places])
        verifying.gone(place.id for place in places if place.id not in there)

    async def of_values(values: list[AuditValue]) -> None:
        there = await _by_id(work, AUDIT, list({value.entry_id for value in values}))
        verifying.stray(value for value in values if value.entry_id not in there)

    await _each_page(work, verifying, AUDIT_WAITING, OLDEST_FIRST, PAGE_MAX, lambda place: place.id, of_waiting)
    await _each_page(work, verifying, AUDIT_VALUES, OLDEST_FIRST, PAGE_MAX, lambda value: value.id, of_values)


async def _each_page(
    work: Work,
    verifying: Verifying,
    log: Log[E],
    order: Order,
    limit: int,
    by: Callable[[Any], Any],
    found: Callable[[list[E]], Awaitable[None]],
) -> None:
    """Every row of a log, page by page; up to one that is no row of it any more, which is named by the one before."""
    after: tuple[Any, UUID] | None = None
    while True:
        try:
            rows: list[Any] = await work.store.page(log, order=order, after=after, limit=limit)
        except UNREADABLE:
            if limit == 1:
                verifying.unreadable(log.name, f"after {after[0]}" if after else "the first one")
                return
            limit = 1
            continue
        if not rows:
            return
        await found(rows)
        after = (by(rows[-1]), rows[-1].id)


USE_CASES = (
    UseCase(AuditLog, audit_log, Permission.READ_AUDIT),
    UseCase(VerifyAudit, verify_audit, Permission.READ_AUDIT),
    UseCase(ChainAudit, chain_audit, Permission.DELIVER),
)
